"""Dimmer: duty, clipping at the lamp's minimum, range checks."""

from drivers.dimmer import Dimmer
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakePwm


def test_duty_follows_the_level():
    pwm = FakePwm()
    dimmer = Dimmer(pwm)
    for percent in (100, 50, 10, 0):
        dimmer.set(percent)
        assert dimmer.level_percent == percent
    assert pwm.duties == [0, 65535, 32768, 6554, 0]


def test_below_the_minimum_is_the_minimum_but_zero_is_off():
    pwm = FakePwm()
    dimmer = Dimmer(pwm, min_percent=20)
    for percent, level in ((1, 20), (19, 20), (20, 20), (21, 21), (0, 0)):
        dimmer.set(percent)
        assert dimmer.level_percent == level
        assert pwm.duties[-1] == (level * 65535 + 50) // 100


def test_initial_level_is_driven():
    pwm = FakePwm()
    dimmer = Dimmer(pwm, initial_percent=100)
    assert pwm.duties == [65535]
    assert run(dimmer.read()) == {"level_percent": 100}


def test_levels_out_of_range_change_nothing():
    pwm = FakePwm()
    dimmer = Dimmer(pwm, initial_percent=40)
    for percent in (-1, 101, 50.5, "50", None):
        raises(ValueError, dimmer.set, percent)
    assert pwm.duties == [26214]
    assert dimmer.level_percent == 40
    raises(ValueError, Dimmer, pwm, 101)
    raises(ValueError, Dimmer, pwm, 10, 101)
