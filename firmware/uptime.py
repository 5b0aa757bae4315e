"""How long the program has been running, or, over deep sleep, the node."""

import time


class Uptime:
    """Seconds since the program started, past the wrap of ticks_ms; ask at least once in six days.

    elapsed_s: what it begins with.
    """

    def __init__(self, elapsed_s=0):
        self._last_ms = time.ticks_ms()
        self._elapsed_ms = 0
        self._elapsed_s = elapsed_s

    def seconds(self):
        now_ms = time.ticks_ms()
        self._elapsed_ms += time.ticks_diff(now_ms, self._last_ms)
        self._last_ms = now_ms
        self._elapsed_s += self._elapsed_ms // 1000
        self._elapsed_ms %= 1000
        return self._elapsed_s
