"""The dimmer's driver against the lamp model, and what the meter then sees."""

from drivers.dimmer import Dimmer
from host_tools.simulator.devices.lamp import Lamp
from tests.host_tools.device_bench import Bench


class Pwm:
    """machine.PWM on the pin that is wired to the lamp."""

    def __init__(self, lamp: Lamp):
        self._lamp = lamp

    def duty_u16(self, value: int) -> None:
        self._lamp.pwm("pwm", value / 65535, 1000)


def test_the_lamp_does_what_the_dimmer_says():
    bench = Bench(1)
    dimmer = Dimmer(Pwm(bench.make(Lamp)))
    for percent in [*range(101), 0]:
        dimmer.set(percent)
        assert abs(bench.world.lamp_level * 100 - dimmer.level_percent) < 0.001


def test_low_inputs():
    """Off below 0.5 V, then the minimum up to 1 V, then proportional."""
    bench = Bench(2)
    lamp = bench.make(Lamp)
    for volts, level in ((0, 0), (0.49, 0), (0.5, 0.1), (0.99, 0.1), (1, 0.1), (1.5, 0.15), (10, 1)):
        lamp.pwm("pwm", volts / 10, 1000)
        assert abs(bench.world.lamp_level - level) < 1e-9


def test_a_lamp_that_never_switches_off():
    bench = Bench(3)
    lamp = bench.make(Lamp, off_v=0)
    assert bench.world.lamp_level == 0.1
    lamp.pwm("pwm", 0.0, 1000)
    assert bench.world.lamp_level == 0.1


def test_a_steady_pin():
    bench = Bench(4)
    lamp = bench.make(Lamp)
    lamp.pin("pwm", 1)
    assert bench.world.lamp_level == 1.0
    lamp.pin("pwm", 0)
    assert bench.world.lamp_level == 0.0


def test_failure():
    bench = Bench(5)
    lamp = bench.make(Lamp)
    lamp.pwm("pwm", 1.0, 1000)
    lamp.fail()
    assert bench.world.lamp_power_mw == 500
    lamp.pwm("pwm", 0.7, 1000)
    assert bench.world.lamp_level == 0.0
