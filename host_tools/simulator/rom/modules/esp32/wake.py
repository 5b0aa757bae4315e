"""What wakes the chip from sleep. ValueError for a pin that cannot."""

import sys as _sys

from _chip import call as _call
from _operations import PIN_HOLD_ALL as _PIN_HOLD_ALL
from machine import wake as _wake
from machine.pin import gpio_of as _gpio_of

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True


def _watch(source, pins, level):
    try:
        _wake.watch(source, [_gpio_of(pin) for pin in pins], level)
    except OSError:
        raise ValueError("invalid pin")


def wake_on_ext0(pin, level):
    _watch(_wake.EXT0, () if pin is None else (pin,), level)


def wake_on_ext1(pins, level):
    _watch(_wake.EXT1, pins or (), level)


def wake_on_gpio(pins, level):
    """From light sleep; from deep sleep on the C3 alone, by GPIO 0 to 5."""
    _watch(_wake.GPIO, pins or (), level)


def gpio_deep_sleep_hold(enable):
    """Whether pins that are held keep their level in deep sleep though they are not of its domain."""
    _call(_PIN_HOLD_ALL, bool(enable))


if _sys.implementation._machine.endswith("C3"):
    del wake_on_ext0, wake_on_ext1
