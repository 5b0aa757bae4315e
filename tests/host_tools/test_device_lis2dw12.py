"""The LIS2DW12 driver against the model under a simulated manhole cover."""

import math

import pytest

from drivers.lis2dw12 import LIS2DW12
from host_tools.simulator.devices.lis2dw12 import Lis2dw12
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, I2cPort, PinPort

RESOLUTION_MRAD = 3


class CoverBench(Bench):
    def __init__(self, seed: int, quiet: bool = True, **settings):
        super().__init__(seed)
        self.cover = self.world.cover
        self.cover.quiet = quiet
        self.device = self.make(Lis2dw12)
        self.int1 = PinPort(self.device, "int1").wire()
        self.i2c = I2cPort(self.device, 0x18)
        self.driver = LIS2DW12(self.i2c, self.int1, **settings)

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())


@pytest.mark.parametrize("seed", range(8))
def test_tilt_is_the_truth(seed):
    bench = CoverBench(seed)
    bench.read()
    for _ in range(8):
        before_deg, angle_deg = bench.cover.angle_deg, bench.rng.uniform(0, 180)
        bench.cover.tilt(angle_deg)
        bench.pass_seconds(4)
        reading = bench.read()
        assert reading["is_moved"] or abs(angle_deg - before_deg) < 20
        assert abs(reading["tilt_mrad"] - 1000 * math.radians(angle_deg)) < RESOLUTION_MRAD
        assert bench.read()["is_moved"] == 0


def test_int1_rises_with_a_shock_and_falls_with_the_reading():
    bench = CoverBench(1)
    bench.read()
    assert bench.int1.value() == 0
    bench.cover.knock(size=0.5, lasts_s=5)
    bench.pass_seconds(6)
    assert bench.int1.value() == 1
    bench.pass_seconds(3600)
    assert bench.int1.value() == 1  # latched
    reading = bench.read()
    assert reading["is_moved"] == 1 and reading["tilt_mrad"] < RESOLUTION_MRAD
    assert bench.int1.value() == 0


def test_temperature():
    bench = CoverBench(1)
    assert bench.read()["temperature_mdegc"] == pytest.approx(1000 * bench.world.temperature_c, abs=50)


def test_threshold_and_duration():
    for settings, moved in (
        ({"motion_samples": 0}, 1),
        ({"motion_mg": 1900, "motion_samples": 0}, 0),
        ({"motion_samples": 2}, 0),  # a sample that is struck differs from two
    ):
        bench = CoverBench(2, **settings)
        bench.read()
        bench.cover.knock(size=1.0, lasts_s=0.65)
        bench.pass_seconds(3)
        assert bench.read()["is_moved"] == moved


def test_traffic_seldom_wakes_and_leaves_it_flat():
    bench = CoverBench(3, quiet=False)
    bench.read()
    bench.cover.traffic(gap_s=60)
    moved = 0
    for _ in range(240):
        bench.pass_seconds(360)
        reading = bench.read()
        moved += reading["is_moved"]
        assert reading.get("tilt_mrad", 0) < 40  # one sample may be struck a little
    assert moved < 30  # by 1,440 vehicles


def test_nothing_is_noticed_before_it_is_set_up_nor_after_power_was_lost():
    bench = CoverBench(4)
    bench.cover.knock(size=1.0, lasts_s=4)
    bench.pass_seconds(5)
    assert bench.int1.value() == 0
    bench.read()
    bench.device.power(False)
    bench.device.power(True)
    bench.cover.knock(size=1.0, lasts_s=4)
    bench.pass_seconds(5)
    assert bench.int1.value() == 0
    bench.read()
    bench.cover.knock(size=1.0, lasts_s=4)
    bench.pass_seconds(5)
    assert bench.int1.value() == 1


def test_no_answer():
    bench = CoverBench(5)
    bench.device.absent = True
    with pytest.raises(BusError):
        bench.read()
    bench.device.absent = False
    bench.read()


def test_registers():
    bench = CoverBench(6)
    assert bench.i2c.readfrom_mem(0x18, 0x0F, 1) == b"\x44"
    assert bench.i2c.readfrom_mem(0x18, 0x21, 1) == b"\x04"
    bench.i2c.writeto_mem(0x18, 0x20, b"\x20\x0c\x10")
    assert bench.i2c.readfrom_mem(0x18, 0x20, 3) == b"\x20\x0c\x10"
    bench.i2c.writeto_mem(0x18, 0x0F, b"\x00")
    assert bench.i2c.readfrom_mem(0x18, 0x0F, 1) == b"\x44"
    bench.pass_seconds(0.1)
    assert bench.i2c.readfrom_mem(0x18, 0x27, 1) == b"\x01"
    bench.i2c.readfrom_mem(0x18, 0x28, 6)
    assert bench.i2c.readfrom_mem(0x18, 0x27, 1) == b"\x00"
    bench.i2c.writeto_mem(0x18, 0x21, b"\x08")  # no auto-increment
    assert len(set(bench.i2c.readfrom_mem(0x18, 0x21, 3))) == 1
    bench.i2c.writeto_mem(0x18, 0x21, b"\x40")
    assert bench.i2c.readfrom_mem(0x18, 0x20, 1) == b"\x00"


def test_an_unlatched_active_low_interrupt():
    bench = CoverBench(7)
    bench.read()
    bench.i2c.writeto_mem(0x18, 0x22, b"\x08")
    assert bench.int1.value() == 1
    bench.cover.knock(size=1.0, lasts_s=4)
    bench.pass_seconds(3.5)
    assert bench.int1.value() == 0
    bench.pass_seconds(3)
    assert bench.int1.value() == 1
