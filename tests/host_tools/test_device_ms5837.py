"""The MS5837 driver against its model, and the model's times and faults."""

import pytest

from drivers.ms5837 import MS5837
from host_tools.simulator.buses import NackError
from host_tools.simulator.devices.ms5837 import CONVERSION_US, HPA_PER_MM, RELOAD_US, Ms5837, counts
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, I2cPort


class PressureBench(Bench):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.world.water.force(0)
        self.device = self.make(Ms5837)
        self.driver = MS5837(I2cPort(self.device, 0x76))

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())

    def fetch(self) -> int:
        self.device.write(b"\x00")
        return int.from_bytes(self.device.read(3), "big")


@pytest.mark.parametrize("seed", range(8))
def test_reads_the_truth(seed):
    """Each has a calibration of its own; it is cold, warm, in air and under water."""
    bench = PressureBench(seed)
    for mean_c in (-15.0, 5.0, 24.0, 40.0):
        bench.world.mean_c = mean_c
        for level_mm in (0, bench.device.hangs_mm, 1800, 9000):
            bench.world.water.force(level_mm)
            bench.pass_seconds(bench.rng.uniform(0, 86_400))
            over_mm = max(0, level_mm - bench.device.hangs_mm)
            wanted_hpa = bench.world.air.pressure_hpa + HPA_PER_MM * over_mm
            reading = bench.read()
            assert reading["pressure_pa"] == pytest.approx(100 * wanted_hpa, abs=25)
            assert reading["temperature_mdegc"] == pytest.approx(1000 * bench.world.temperature_c, abs=25)


def test_calibrations_differ():
    answers = set()
    for seed in range(3):
        device = PressureBench(seed).device
        device.write(b"\x1e")
        device._queue.run_until(RELOAD_US)
        device.write(b"\xa2")
        answers.add(device.read(2))
    assert len(answers) == 3 and b"\0\0" not in answers


@pytest.mark.parametrize("rate", range(6))
def test_a_conversion_takes_its_time(rate):
    bench = PressureBench(1)
    expected = counts(bench.device._words, bench.world.air.pressure_hpa, bench.world.temperature_c)
    for base, count in ((0x40, expected[0]), (0x50, expected[1])):
        bench.device.write(bytes((base + 2 * rate,)))
        bench.pass_seconds((CONVERSION_US[rate] + 1) / 1e6)
        assert bench.fetch() == pytest.approx(count, rel=1e-3)
        assert bench.fetch() == 0  # each is read once
        bench.device.write(bytes((base + 2 * rate,)))
        bench.pass_seconds((CONVERSION_US[rate] - 1) / 1e6)
        assert bench.fetch() == 0
        bench.pass_seconds(1)
        assert bench.fetch() == 0  # it was spoilt


def test_a_driver_in_a_hurry_gets_an_error(monkeypatch):
    bench = PressureBench(2)
    monkeypatch.setattr("drivers.ms5837.WAIT_MS", 1)
    with pytest.raises(BusError):
        bench.read()
    monkeypatch.undo()
    bench.read()


def test_the_calibration_is_there_after_a_reset_only():
    bench = PressureBench(3)
    bench.read()
    bench.device.power(False)
    bench.device.power(True)
    bench.device.write(b"\xa2")
    assert bench.device.read(2) == b"\0\0"
    bench.read()


def test_faults():
    bench = PressureBench(4)
    for fault in ("absent", "spoilt"):
        setattr(bench.device, fault, True)
        with pytest.raises(BusError):
            bench.read()
        setattr(bench.device, fault, False)
        bench.read()
    bench.device.stuck = True
    before = bench.read()
    bench.world.water.force(1500)
    assert bench.read() == before
    bench.device.absent = True
    with pytest.raises(NackError):
        bench.device.write(b"")
