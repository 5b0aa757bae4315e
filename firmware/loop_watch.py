"""Feeds the chip's watchdog only while the loops that matter are alive: on a node that stays awake."""

from firmware.watchdog import ROUND_S, start
from protocols.compat import sleep_ms


class LoopWatch:
    """`deadlines_s`: name of a loop -> how long it may be silent.  They may be changed at any time.

    `note(text)` keeps for the next boot which loop it was.
    """

    def __init__(self, deadlines_s, note):
        self.deadlines_s = deadlines_s
        self._note = note
        self._silent_s = {}

    def alive(self, name):
        """To be called by the loop of that name."""
        self._silent_s[name] = 0

    async def run(self):
        """Feed it; returns when a loop is dead, so that the chip is reset after `TIMEOUT_MS` at most."""
        chip = start()
        while True:
            chip.feed()
            await sleep_ms(1000 * ROUND_S)
            for name in self.deadlines_s:
                self._silent_s[name] = self._silent_s.get(name, 0) + ROUND_S
                if self._silent_s[name] > self.deadlines_s[name]:
                    self._note("watchdog: the loop " + name + " is dead")
                    return
