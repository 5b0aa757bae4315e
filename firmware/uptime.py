"""The node's clock: integer seconds since 2020-01-01 UTC, the one time on the wire.

MicroPython on an ESP32 counts from 2000-01-01 and starts there when power comes on: a time before 2020
means that nobody has set the clock.
"""

import time

import machine

EPOCH_2020_S = 631152000  # 2020-01-01, in seconds since 2000-01-01
TOLERANCE_S = 2  # the network's round trip makes smaller corrections meaningless


class Clock:
    def now(self):
        """Seconds since 2020-01-01 UTC, or None while the clock is not set."""
        seconds = time.time() - EPOCH_2020_S
        return seconds if seconds > 0 else None

    def set(self, seconds):
        """Follow a time from the network or the server, unless we agree within the tolerance."""
        now = self.now()
        if now is not None and abs(seconds - now) <= TOLERANCE_S:
            return
        year, month, day, hour, minute, second, weekday, _ = time.gmtime(seconds + EPOCH_2020_S)
        machine.RTC().datetime((year, month, day, weekday, hour, minute, second, 0))


class Uptime:
    """Seconds since the program started, past the wrap of ticks_ms; ask at least once in six days."""

    def __init__(self):
        self._last_ms = time.ticks_ms()
        self._elapsed_ms = 0
        self._elapsed_s = 0

    def seconds(self):
        now_ms = time.ticks_ms()
        self._elapsed_ms += time.ticks_diff(now_ms, self._last_ms)
        self._last_ms = now_ms
        self._elapsed_s += self._elapsed_ms // 1000
        self._elapsed_ms %= 1000
        return self._elapsed_s
