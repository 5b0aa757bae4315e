"""The level sensors' drivers and the battery's against their models."""

import pytest

from drivers.a02yyuw import A02YYUW
from drivers.battery import Battery
from drivers.hydrostatic import Hydrostatic
from host_tools.simulator.devices.a02yyuw import A02yyuw
from host_tools.simulator.devices.ads1115_probe import Ads1115Probe
from host_tools.simulator.devices.battery import BatteryDivider
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, I2cPort, PinPort, SerialPort


class UltrasonicBench(Bench):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.device = self.make(A02yyuw)
        self.port = SerialPort(self, self.device, 9600)
        self.driver = A02YYUW(self.port, PinPort(self.device, "power"))

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())


@pytest.mark.parametrize("seed", range(8))
def test_ultrasonic_reads_the_truth(seed):
    bench = UltrasonicBench(seed)
    for _ in range(40):
        bench.world.water.force(bench.rng.uniform(0, 1400))
        bench.pass_seconds(bench.rng.uniform(1, 3600))
        reading = bench.read()
        assert abs(reading["level_mm"] - bench.world.water.level_mm) <= 4
        assert reading["level_mm"] == 2000 - reading["distance_mm"]


def test_ultrasonic_is_off_between_readings():
    bench = UltrasonicBench(1)
    for _ in range(2):
        bench.read()
        bench.pass_seconds(0.1)
        bench.port.discard()
        bench.pass_seconds(10)
        assert bench.run(bench.port.read(1, 10)) == b""


def test_ultrasonic_faults():
    bench = UltrasonicBench(2)
    bench.device.faults.corrupt_next = 3
    bench.read()
    bench.device.faults.silent = True
    with pytest.raises(BusError, match="silent"):
        bench.read()
    bench.device.faults.silent = False
    bench.device.no_echo = True
    with pytest.raises(BusError, match="no echo"):
        bench.read()
    bench.device.no_echo = False
    bench.world.water.force(1_990)  # within the blind zone
    with pytest.raises(BusError, match="no echo"):
        bench.read()


class ProbeBench(Bench):
    def __init__(self, seed: int, **settings):
        super().__init__(seed)
        self.device = self.make(Ads1115Probe, **settings)
        self.i2c = I2cPort(self.device, 0x48)
        self.driver = Hydrostatic(self.i2c, PinPort(self.device, "power"))

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())


@pytest.mark.parametrize("seed", range(8))
def test_probe_reads_the_truth(seed):
    bench = ProbeBench(seed)
    for _ in range(40):
        bench.world.water.force(bench.rng.uniform(0, 5000))
        bench.pass_seconds(bench.rng.uniform(1, 3600))
        assert abs(bench.read()["level_mm"] - bench.world.water.level_mm) <= 2


def test_loop_faults():
    bench = ProbeBench(1)
    for fault, told in (("cut", "cut"), ("short", "short"), ("absent", "ADS1115")):
        setattr(bench.device, fault, True)
        with pytest.raises(BusError, match=told):
            bench.read()
        setattr(bench.device, fault, False)
        bench.read()


def test_another_channel_has_no_probe():
    bench = ProbeBench(2, channel=3)
    with pytest.raises(BusError, match="cut"):
        bench.read()


def test_the_converters_registers():
    bench = ProbeBench(3)
    bench.world.water.force(2500)
    bench.device.pin("power", 1)
    bench.pass_seconds(1)
    assert bench.i2c.readfrom_mem(0x48, 1, 2) == b"\x85\x83"
    bench.i2c.writeto_mem(0x48, 1, b"\xc3\x83")
    assert bench.i2c.readfrom_mem(0x48, 1, 2) == b"\x43\x83"
    bench.pass_seconds(0.01)
    assert bench.i2c.readfrom_mem(0x48, 1, 2) == b"\xc3\x83"
    first = bench.i2c.readfrom_mem(0x48, 0, 2)
    assert abs(int.from_bytes(first, "big") - 14_400) < 5
    bench.world.water.force(0)
    assert bench.i2c.readfrom_mem(0x48, 0, 2) == first  # until it is started again
    bench.i2c.writeto_mem(0x48, 1, b"\xb3\x83")  # AIN2 against AIN3
    bench.pass_seconds(0.01)
    assert bench.i2c.readfrom_mem(0x48, 0, 2) == b"\0\0"


def test_battery():
    bench = Bench(1)
    device = bench.make(BatteryDivider)
    driver = Battery(PinPort(device, "adc").wire())

    def read() -> int:
        return bench.run(driver.read())["voltage_mv"]

    assert read() == 3660
    bench.world.battery.used_mah = 0.99 * bench.world.battery.capacity_mah
    bench.world.battery.take(0.1)
    bench.pass_seconds(3600)
    assert 2000 < read() < 2400
    device.drop_mv = 100
    assert abs(read() - bench.world.battery.voltage_mv + 100) <= 1
