"""The contactor's and the door switch's drivers against their models."""

import asyncio

import pytest

from drivers.contact_input import ContactInput
from drivers.contactor import Contactor as Driver
from host_tools.simulator.devices.contactor import Contactor
from host_tools.simulator.devices.door_contact import DoorContact
from tests.host_tools.device_bench import Bench, PinPort

HEALTHY = {"is_welded": 0, "is_stuck_open": 0, "is_flickering": 0}


class ContactorBench(Bench):
    def __init__(self, seed: int, **settings):
        super().__init__(seed)
        self.device = self.make(Contactor)
        self.coil, self.feedback = PinPort(self.device, "coil"), PinPort(self.device, "feedback").wire()
        self.driver = self.run(self._driver(**settings))

    async def _driver(self, **settings) -> Driver:  # on virtual time
        return Driver(self.coil, self.feedback, **settings)

    def set(self, on: bool) -> None:
        async def main():
            self.driver.set(on)

        self.run(main())

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())

    def pass_seconds(self, seconds: float) -> None:
        """On virtual time, which the driver's interrupt handler looks at."""
        self.run(asyncio.sleep(seconds))


@pytest.mark.parametrize("seed", range(10))
def test_switches_the_lamps_and_reports_it(seed):
    bench = ContactorBench(seed)
    assert not bench.world.cabinet.lit
    for _ in range(20):
        on = bench.rng.random() < 0.5
        bench.set(on)
        bench.pass_seconds(bench.rng.choice((0, 0.01, 0.02, 3600)))
        assert bench.read() == {"is_on": on, "is_closed": on, **HEALTHY}
        assert bench.world.cabinet.lit == on


def test_welded():
    bench = ContactorBench(1, initial_on=True)
    bench.read()
    bench.device.welded = True
    assert bench.read() == {"is_on": 1, "is_closed": 1, **HEALTHY}
    bench.set(False)
    assert bench.read() == {"is_on": 0, "is_closed": 1, **HEALTHY, "is_welded": 1}
    assert bench.world.cabinet.lit
    bench.device.welded = False
    bench.pass_seconds(1)
    assert bench.read()["is_welded"] == 0
    bench.device.welded = True  # an open contact does not weld
    assert not bench.device.welded


def test_open_coil():
    bench = ContactorBench(2)
    bench.device.coil_open = True
    bench.set(True)
    assert bench.read() == {"is_on": 1, "is_closed": 0, **HEALTHY, "is_stuck_open": 1}
    assert not bench.world.cabinet.lit


def test_flicker():
    bench = ContactorBench(3, initial_on=True)
    bench.read()
    bench.device.flickers = True
    bench.pass_seconds(5)
    assert bench.read()["is_flickering"] == 1
    bench.device.flickers = False
    bench.pass_seconds(1)
    bench.read()
    assert bench.read() == {"is_on": 1, "is_closed": 1, **HEALTHY}


def test_a_power_cut_lets_it_go():
    bench = ContactorBench(4, initial_on=True)
    bench.read()
    bench.device.power(False)
    bench.pass_seconds(1)
    assert not bench.device.is_closed


class DoorBench(Bench):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.device = self.make(DoorContact)
        self.driver = ContactInput(PinPort(self.device, "contact").wire())

    def read(self) -> int:
        return self.run(self.driver.read())["is_active"]


@pytest.mark.parametrize("seed", range(5))
def test_the_door(seed):
    bench = DoorBench(seed)
    opened = 0
    for _ in range(60 * 24):
        bench.pass_seconds(3600)
        open_before = bench.world.cabinet.door_open
        assert bench.read() == open_before
        opened += open_before
    assert opened


def test_a_forced_door_and_a_cut_cable():
    bench = DoorBench(1)
    for is_open in (True, False, True, False):
        bench.world.cabinet.force_door(is_open)
        bench.pass_seconds(bench.rng.uniform(0, 0.05))
        assert bench.read() == is_open
    bench.device.cut = True
    bench.pass_seconds(0.1)
    assert bench.read() == 1
