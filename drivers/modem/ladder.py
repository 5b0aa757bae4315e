"""The recovery ladder: what is done, in this order, about a modem through which nothing comes.

A modem's own word counts for nothing: it may answer AT, claim to be registered and take datagrams while
none arrives.  Only an acknowledged exchange (`alive`) leads down again.  A rung that has brought none within
its patience is followed by the next; a rung that fails, by the next at once.  The last one is repeated.
"""

from random import getrandbits

from protocols.compat import sleep_ms, ticks_diff, ticks_ms
from protocols.errors import LinkTimeout, ModemError

# Name, and patience in seconds: how long after it an acknowledged exchange is waited for.
RUNGS = (
    ("repeat", 0),  # datagrams get lost
    ("sync", 60),  # wake it, and get an answer to AT
    ("radio", 240),  # AT+CFUN=0, then 1: a new attach
    ("soft_reset", 300),  # the module's command
    ("reset_pin", 300),
    ("power_key", 600),
    ("power_rail", 3600),
)
PIN_RUNGS = ("reset_pin", "power_key", "power_rail")  # pin scripts of the profile
FIRST_PAUSE_MS = 4_000
LONGEST_PAUSE_MS = 600_000


class Ladder:
    """`counts`: rung -> how often it was used.  Rungs that module or board lack are left out."""

    def __init__(self, modem):
        self._modem = modem
        self._rungs = [rung for rung in RUNGS if modem.has(rung[0])]
        self.counts = {name: 0 for name, _ in self._rungs}
        self._since_ms = 0
        self._patience_ms = 0
        self.alive()

    def alive(self):
        """An exchange was acknowledged."""
        self._next = 0
        self._pause_ms = FIRST_PAUSE_MS

    def count(self, name, reason):
        self.counts[name] += 1
        self._modem.tell("rung", name + ": " + str(reason))

    async def recover(self, reason):
        """After a failed exchange: climb if it is time to, then pause.

        The pause doubles each time, with jitter, so that a whole street that lost the network does not come
        back in the same second.
        """
        if self._next and ticks_diff(ticks_ms(), self._since_ms) < self._patience_ms:
            self.count("repeat", reason)
        else:
            await self._climb(reason)
        half_ms = self._pause_ms // 2
        await sleep_ms(half_ms + (getrandbits(10) * half_ms >> 10))
        self._pause_ms = min(LONGEST_PAUSE_MS, self._pause_ms * 2)

    async def _climb(self, reason):
        done = False
        while not done:
            name, patience_s = self._rungs[self._next]
            done = self._next == len(self._rungs) - 1
            if not done:
                self._next += 1
            self.count(name, reason)
            try:
                await self._step(name)
                done = True
            except (LinkTimeout, ModemError) as error:
                reason = error
        self._since_ms = ticks_ms()
        self._patience_ms = patience_s * 1000

    async def _step(self, name):
        modem = self._modem
        if name in PIN_RUNGS:
            await modem.press(name)
        elif name != "repeat":
            await modem.synchronise()
            if name == "radio":
                await modem.cycle_radio()
            elif name == "soft_reset":
                await modem.reboot(modem.profile.soft_reset)
