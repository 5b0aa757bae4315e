"""The SHT4x driver against the SHT4x model, and the model's other commands."""

import pytest

from drivers.sht4x import SHT4x, crc8
from host_tools.simulator.buses import NackError
from host_tools.simulator.devices.sht4x import Sht4x
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, I2cPort, assert_between


class ClimateBench(Bench):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.device = self.make(Sht4x)
        self.driver = SHT4x(I2cPort(self.device, 0x44))

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())

    def truth(self) -> tuple[float, float]:
        return self.world.temperature_c * 1000, self.world.humidity_percent * 1000


@pytest.mark.parametrize("seed", range(12))
def test_reads_the_truth(seed):
    bench = ClimateBench(seed)
    for _ in range(50):
        bench.pass_seconds(bench.rng.uniform(0, 6 * 3600))
        before, reading, after = bench.truth(), bench.read(), bench.truth()
        assert_between(reading["temperature_mdegc"], before[0], after[0], 2)  # half a tick and rounding
        assert_between(reading["humidity_mpct"], before[1], after[1], 1.5)


def test_measuring_takes_its_time():
    """From the command to the answer: nothing is acknowledged, whatever the repeatability."""
    bench = ClimateBench(1)
    for command, typical_us, longest_us in ((0xFD, 6900, 8300), (0xF6, 3700, 4500), (0xE0, 1300, 1600)):
        bench.device.write(bytes((command,)))
        bench.pass_seconds((typical_us - 1) / 1e6)
        with pytest.raises(NackError):
            bench.device.read(6)
        with pytest.raises(NackError):
            bench.device.write(b"")
        bench.pass_seconds((longest_us - typical_us + 1) / 1e6)
        assert len(bench.device.read(6)) == 6
        with pytest.raises(NackError):  # an answer is read once
            bench.device.read(6)


def test_a_driver_in_a_hurry_gets_an_error(monkeypatch):
    bench = ClimateBench(2)
    monkeypatch.setattr("drivers.sht4x.MEASURING_MS", 5)
    with pytest.raises(BusError):
        bench.read()
    bench.pass_seconds(0.01)
    monkeypatch.undo()
    bench.read()


def test_bad_checksum():
    bench = ClimateBench(3)
    bench.device.corrupt_next = 1
    with pytest.raises(BusError):
        bench.read()
    bench.read()


def test_absent():
    bench = ClimateBench(4)
    bench.device.absent = True
    with pytest.raises(BusError):
        bench.read()
    bench.device.absent = False
    bench.read()


def test_serial_number():
    bench = ClimateBench(5)
    answers = set()
    for device in (bench.device, bench.device, bench.make(Sht4x)):
        device.write(b"\x89")
        answer = device.read(6)
        assert crc8(answer[:2]) == answer[2]
        assert crc8(answer[3:5]) == answer[5]
        answers.add(answer)
    assert len(answers) == 2


def test_reset_and_unknown_commands():
    bench = ClimateBench(6)
    bench.device.write(b"\x94")
    with pytest.raises(NackError):
        bench.device.write(b"\xfd")
    bench.pass_seconds(0.001)
    with pytest.raises(NackError):
        bench.device.write(b"\x00")
    bench.read()
