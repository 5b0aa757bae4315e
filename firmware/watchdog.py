"""The chip's watchdog, fed only while the loops that matter are alive; and how it is lifted for a person.

The ESP32 port's WDT cannot be stopped, but a second one reconfigures it: its time-out can become a week.
"""

import machine
import micropython

from protocols.compat import sleep_ms

# Nothing here blocks the event loop for more than a few seconds (opening a full outbox, erasing flash), a
# modem that starts leaves it running, and so a blocked one is certain by then; a street can do without a
# node for two minutes.
TIMEOUT_MS = 120_000
LIFTED_MS = 604_800_000  # ESP-IDF counts up to twice that, in ticks of 500 us and 32 bits: 12 days is the end
ROUND_S = 10


def start():
    """The program has `TIMEOUT_MS` from now on.  Returns the machine.WDT."""
    return machine.WDT(timeout=TIMEOUT_MS)


def lift():
    """Leave whoever works at the console alone; call it however the program ends.

    There must be no jump before WDT: a second Ctrl-C, mpremote sends two, would be raised there.  What runs
    next sets Ctrl-C up again.
    """
    micropython.kbd_intr(-1)
    try:
        machine.WDT(timeout=LIFTED_MS)
    except KeyboardInterrupt:  # it was under way already
        machine.WDT(timeout=LIFTED_MS)


class Watchdog:
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
