"""The gas modules of a chamber: switched on now and then, and read when they are warm.

Between switching on and reading, and until the next time, the node sleeps.  The switch is on P0 of a PCF8574,
which keeps its level meanwhile; P0 is high, and the switch off, when power comes on.  Each reading of the
part has the values of the last measurement; of a module that did not answer it is one out of any range, which
the point's rules make a fault.
"""

import struct
import time

from firmware.kept import GAS_SLOT, RtcSlot, unpacked
from protocols.errors import BusError

FIELDS = "ch4_ppm", "h2s_ppb", "co_ppm", "o2_permil"
KEPT = "<iiBiiii"
NOTHING = -0x40000000  # in place of a value: nothing was measured yet
BROKEN = NOTHING + 1  # the module did not answer
ON, OFF = b"\xfe", b"\xff"
LONGEST_S = 100_000  # between two readings


class GasPanel:
    """`i2c` has machine.I2C's `writeto`; ch4 to o2 are the modules, each of which reads its field."""

    stretch = 1

    def __init__(self, i2c, address, ch4, h2s, co, o2, **settings):
        self._i2c = i2c
        self._address = address
        self._modules = ch4, h2s, co, o2
        self._slot = RtcSlot(*GAS_SLOT)
        state = unpacked(KEPT, self._slot.load(), time.time(), 0, 0, NOTHING, NOTHING, NOTHING, NOTHING)
        self._then, self._left_s, self._is_on = state[:3]
        self._values = state[3:]
        self.again_s = None
        self.configure(**settings)

    def configure(self, warm_up_s=180, every_s=86_400):
        """warm_up_s: what the slowest module needs; every_s: from one measurement to the next."""
        self._warm_up_s = warm_up_s
        self._every_s = every_s

    async def read(self):
        """Before the first measurement it has no fields.  Raises BusError if the switch does not answer."""
        now = time.time()
        self._left_s -= max(0, min(now - self._then, LONGEST_S))
        self._then = now
        if self._left_s <= 0:
            if self._is_on:
                self._values = []
                for i in range(len(FIELDS)):
                    self._values.append(await _value(FIELDS[i], self._modules[i]))
                self._left_s = max(1, self._every_s * self.stretch - self._warm_up_s)
            else:
                self._left_s = self._warm_up_s
            self._is_on = 1 - self._is_on
        self._switch()
        self.again_s = self._left_s + 1  # as it is counted from when this reading was due
        self._keep()
        values = self._values
        return {FIELDS[i]: values[i] for i in range(len(FIELDS)) if values[i] != NOTHING}

    def clock_jumped(self, by_s):
        """The chip's clock was set."""
        self._then += by_s
        self._keep()

    def _keep(self):
        self._slot.store(struct.pack(KEPT, self._then, self._left_s, self._is_on, *self._values))

    def _switch(self):
        """As it should be, whatever it was."""
        try:
            self._i2c.writeto(self._address, ON if self._is_on else OFF)
            return
        except OSError as error:
            reason = str(error)
        raise BusError("PCF8574 at 0x%02x: %s" % (self._address, reason))


async def _value(field, module):
    try:
        return (await module.read())[field]
    except BusError as error:
        print("gas:", error)
        return BROKEN
