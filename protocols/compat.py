"""The one file that asks which interpreter runs.

Everything under `protocols/`, `drivers/` and `firmware/` runs on MicroPython; what is here lets
the first two run on CPython as well, for the collector and for tests.
"""

import asyncio
import sys
import time

MICROPYTHON = sys.implementation.name == "micropython"

if MICROPYTHON:
    sleep_ms = asyncio.sleep_ms
    ticks_ms = time.ticks_ms
    ticks_diff = time.ticks_diff
    ticks_add = time.ticks_add
    ThreadSafeFlag = asyncio.ThreadSafeFlag
else:
    TICKS_PERIOD = 1 << 30  # as MicroPython's, so that wrap-around is exercised here too

    async def sleep_ms(delay_ms):
        await asyncio.sleep(delay_ms / 1000)

    def ticks_ms():
        return time.monotonic_ns() // 1_000_000 % TICKS_PERIOD

    def ticks_add(ticks, delta):
        return (ticks + delta) % TICKS_PERIOD

    def ticks_diff(end, start):
        """Signed distance in milliseconds, right for spans below half the period."""
        half = TICKS_PERIOD // 2
        return (end - start + half) % TICKS_PERIOD - half

    class ThreadSafeFlag(asyncio.Event):
        """What an interrupt sets and one task waits for: the end of a wait clears it."""

        async def wait(self):
            await super().wait()
            self.clear()
