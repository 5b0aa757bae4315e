"""The chip's clock for firmware/timekeeping.py: the one place that knows from when an ESP32 counts."""

import time

import machine

from firmware.timekeeping import START


class Rtc:
    """Seconds since 2020-01-01 UTC; the chip counts from 2000-01-01."""

    def read(self):
        return time.time() + START

    def write(self, seconds):
        year, month, day, hour, minute, second, weekday, _ = time.gmtime(seconds - START)
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))
