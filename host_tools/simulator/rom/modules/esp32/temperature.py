"""The chip's own temperature: a typical one of a board at work, since the world does not heat the chip."""

import sys as _sys


def raw_temperature():
    """The ESP32's sensor, in degrees Fahrenheit more or less."""
    return 128


def mcu_temperature():
    """The later chips' sensor, in degrees Celsius."""
    return 40


if _sys.implementation._machine.endswith(" ESP32"):
    del mcu_temperature
else:
    del raw_temperature
