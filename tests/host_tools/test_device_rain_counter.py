"""The rain counter's driver against its model: every tip once, whoever looks when, and the alarm in time."""

import pytest

from drivers.rain_counter import RainCounter as Driver
from host_tools.simulator.devices.rain_counter import RainCounter
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, I2cPort, PinPort

HOUR_S = 3600


class RainBench(Bench):
    def __init__(self, seed: int, *showers):
        super().__init__(seed)
        if showers:
            self.world.rain.force(*showers)
        self.device = self.make(RainCounter)
        self.alarm = PinPort(self.device, "alarm").wire()
        self.i2c = I2cPort(self.device, 0x50)
        self.driver = Driver(self.i2c, self.alarm)

    def tips(self) -> int:
        return self.run(self.driver.read())["tips_count"]


@pytest.mark.parametrize("seed", range(4))
def test_a_year_of_rain_is_counted(seed):
    bench = RainBench(seed)
    assert bench.tips() == 0
    before = 0
    for _ in range(60):
        bench.pass_seconds(bench.rng.uniform(1, 12 * 86_400))
        tips = bench.tips()
        assert tips == bench.device.tips >= before
        assert abs(bench.world.rain.fallen_mm - 0.2 * tips) <= 0.2 + 1e-6
        before = tips
    assert before > 1000


def test_the_alarm_comes_with_the_fifth_tip():
    bench = RainBench(1, (HOUR_S, 1800, 30.1))
    bench.tips()
    bench.driver.wake_after(5)
    while not bench.alarm.value():
        bench.pass_seconds(1)
    assert bench.device.tips == 5
    assert HOUR_S < bench.queue.now_us / 1e6 < HOUR_S + 600
    bench.tips()
    assert bench.alarm.value()  # reading leaves it
    bench.driver.wake_after(None)
    assert not bench.alarm.value()
    bench.pass_seconds(HOUR_S)
    assert bench.tips() == 150 and not bench.alarm.value()


def test_what_came_before_the_mode_was_set_does_not_count():
    bench = RainBench(2, (0, 600, 10.0), (7200, 600, 2.1))
    bench.pass_seconds(HOUR_S)
    assert bench.tips() == 0
    bench.pass_seconds(2 * HOUR_S)
    assert bench.tips() == 10


def test_a_supply_that_fails_begins_anew():
    bench = RainBench(3, (0, 600, 10.1), (7200, 600, 2.0))
    bench.tips()
    bench.pass_seconds(HOUR_S)
    assert bench.tips() == 50
    bench.device.power(False)
    bench.device.power(True)
    assert bench.tips() == 0
    bench.pass_seconds(2 * HOUR_S)
    assert bench.tips() == 10


def test_faults():
    bench = RainBench(4, (0, 600, 10.1))
    bench.tips()
    bench.device.stuck = True
    bench.pass_seconds(HOUR_S)
    assert bench.tips() == 0
    bench.device.absent = True
    with pytest.raises(BusError, match="rain counter"):
        bench.tips()
