"""The contacts of a manhole against their driver."""

import pytest

from drivers.contact_input import ClosingContact
from host_tools.simulator.devices.manhole_contacts import FLOAT_MM, OPEN_DEG, CoverContact, FloatSwitch
from tests.host_tools.device_bench import Bench, PinPort


class ContactBench(Bench):
    def __init__(self, model, seed=1):
        super().__init__(seed)
        self.world.cover.quiet = True
        self.world.water.force(0)
        self.device = self.make(model)
        self.driver = ClosingContact(PinPort(self.device, "contact").wire())

    def read(self):
        return self.run(self.driver.read())["is_active"]


@pytest.mark.parametrize("seed", range(5))
def test_the_cover(seed):
    bench = ContactBench(CoverContact, seed)
    assert bench.read() == 0
    for angle_deg in (OPEN_DEG - 1, 40, OPEN_DEG, 0, 90):
        bench.world.cover.tilt(angle_deg, lasts_s=1)
        bench.pass_seconds(1)
        bench.pass_seconds(bench.rng.uniform(0, 0.05))
        assert bench.read() == (angle_deg >= OPEN_DEG)
    bench.world.cover.tilt(0)
    bench.pass_seconds(0.1)
    bench.device.cut = True
    assert bench.read() == 1


def test_the_float():
    bench = ContactBench(FloatSwitch)
    for level_mm in (FLOAT_MM - 1, FLOAT_MM, 0):
        bench.world.water.force(level_mm)
        bench.pass_seconds(61)
        assert bench.read() == (level_mm >= FLOAT_MM)
