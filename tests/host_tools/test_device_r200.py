"""The R200 driver against the module's model, with vehicles that pass."""

import asyncio

import pytest

from drivers.rfid_r200 import R200 as Driver
from host_tools.simulator.devices.r200 import R200
from protocols import r200
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, PinPort, SerialPort


class ReaderBench(Bench):
    def __init__(self, seed: int, **settings):
        super().__init__(seed)
        self.device = self.make(R200)
        self.port = SerialPort(self, self.device, 115_200)
        self.enable = PinPort(self.device, "enable")
        self.driver = Driver(self.port, self.enable, **settings)

    def passes(self, seconds: float) -> list[tuple[float, bytes, int]]:
        """(second, EPC, RSSI) of all notifications in so long a time."""
        return self.run(self._collect(seconds))

    async def _collect(self, seconds: float) -> list[tuple[float, bytes, int]]:
        found = []
        await self.driver.start()

        async def collect() -> None:
            async for epc, rssi_dbm in self.driver:
                found.append((self.queue.now_us / 1e6, epc, rssi_dbm))

        task = asyncio.create_task(collect())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.wait((task,))
        await self.driver.stop()
        return found

    def command(self, command: int, parameters: bytes = b"") -> bytes:
        return self.run(self.driver.command(command, parameters))


@pytest.mark.parametrize("seed", range(5))
def test_each_vehicle_is_seen_while_it_passes_and_no_other(seed):
    bench = ReaderBench(seed)
    found = bench.passes(1200)
    vehicles = bench.world.vehicles
    assert len(found) > 100
    for second, epc, rssi_dbm in found:
        there = {
            tag.epc for ms in range(0, 130, 10) for tag in vehicles.in_field(round((second - ms / 1e3) * 1e6))
        }
        assert epc in there
        assert -75 <= rssi_dbm <= -40
    passed = {tag.epc for second in range(1, 1199) for tag in vehicles.in_field(second * 1_000_000)}
    seen = {epc for _, epc, _ in found}
    assert len(passed & seen) >= 0.98 * len(passed)
    assert len(found) > 3 * len(seen)  # many times each
    assert bench.run(bench.driver.read())["tags_count"] == len(found)


def test_bursts():
    """Platoons: most seconds are empty, some have many tags."""
    bench = ReaderBench(1)
    seconds = {int(second) for second, _, _ in bench.passes(1200)}
    assert 50 < len(seconds) < 600


def test_less_power_sees_less():
    counts = [len(ReaderBench(2, power_cdbm=power).passes(600)) for power in (2600, 2000, 0)]
    assert counts[0] > counts[1] > counts[2] == 0


def test_no_antenna():
    bench = ReaderBench(3)
    bench.device.no_antenna = True
    assert bench.passes(300) == []


def test_garbled_tags_and_broken_frames_do_not_become_tags():
    bench = ReaderBench(4)
    bench.device.garbled = 0.3
    bench.device.faults.corrupt_next = 0
    found = bench.passes(600)
    fleet = {tag.epc for tenth in range(6200) for tag in bench.world.vehicles.in_field(tenth * 100_000)}
    assert {epc for _, epc, _ in found} <= fleet
    assert bench.run(bench.driver.read())["broken_count"] > 0


def test_silence():
    bench = ReaderBench(5)
    bench.device.faults.silent = True
    with pytest.raises(BusError, match="no answer"):
        bench.passes(10)
    with pytest.raises(BusError, match="silent"):
        bench.run(bench.driver.read())
    bench.device.faults.silent = False
    bench.passes(10)
    assert bench.run(bench.driver.read())["broken_count"] == 0


def test_a_module_that_was_reset_goes_on():
    bench = ReaderBench(6)

    def reset() -> None:
        bench.device.pin("enable", 0)
        bench.device.pin("enable", 1)

    bench.queue.after(300_000_000, reset)
    found = bench.passes(900)
    assert any(second > 310 for second, _, _ in found)


def test_commands():
    bench = ReaderBench(7)
    with pytest.raises(BusError, match="no answer"):
        bench.command(r200.GET_REGION)  # it is off
    bench.enable.value(1)
    bench.pass_seconds(1)
    assert bench.command(r200.GET_REGION) == b"\x01"
    bench.command(r200.SET_REGION, b"\x04")
    assert bench.command(r200.GET_REGION) == b"\x04"
    bench.command(r200.SET_POWER, b"\x07\xd0")
    assert bench.command(r200.GET_POWER) == b"\x07\xd0"
    for command, parameters in ((0x99, b""), (r200.SET_REGION, b"\x09"), (r200.SET_POWER, b"")):
        with pytest.raises(r200.R200Error, match="unknown command"):
            bench.command(command, parameters)


def test_an_inventory_ends_after_its_rounds():
    bench = ReaderBench(8)
    bench.enable.value(1)
    bench.pass_seconds(1)
    bench.device.no_antenna = True
    heard = bench.exchange(bench.port, r200.start_inventory(7), timeout_ms=5000)
    assert heard == r200.frame(r200.RESPONSE, r200.ERROR, b"\x15") * 7
    heard = bench.exchange(bench.port, b"\0\xaa" + r200.frame(r200.COMMAND, r200.INVENTORY), timeout_ms=5000)
    assert heard == r200.frame(r200.RESPONSE, r200.ERROR, b"\x15")
