"""What is measured seldom, as it takes much: switched on now and then, and read when it is warm.

Between switching on and reading, and until the next time, the node sleeps.  Each reading of the part has the
values of the last measurement.
"""

import struct
import time

from firmware.kept import RtcSlot, unpacked
from protocols.errors import BusError

KEPT = "<iB%di"
NOTHING = -0x40000000  # in place of a value: nothing was measured yet
BROKEN = NOTHING + 1  # what measures it did not answer: out of any range, so a fault of its point


class Seldom:
    """A part with FIELDS that needs WARM_UP_S; its `_switch(is_on)` is for the next sleep as well."""

    stretch = 1

    def __init__(self, modules, slot, **settings):
        """modules: drivers of what is switched; each reads some of the fields.  slot: of the RTC's memory."""
        self._modules = modules
        self._slot = RtcSlot(*slot)
        self._layout = KEPT % len(self.FIELDS)
        kept = unpacked(self._layout, self._slot.load(), 0, 0, *[NOTHING for _ in self.FIELDS])
        self._next, self._is_on = kept[:2]
        self._values = kept[2:]
        self.again_s = None
        self.configure(**settings)

    def configure(self, warm_up_s=None, every_s=86_400):
        """warm_up_s: what the slowest needs; every_s: from one measurement to the next."""
        self._warm_up_s = warm_up_s or self.WARM_UP_S
        self._every_s = every_s

    async def read(self):
        """Before the first measurement it has no fields."""
        now = time.time()
        left_s = self._next - now
        rest_s = max(1, self._every_s * self.stretch - self._warm_up_s)
        was_on = self._is_on
        is_due = not 0 < left_s <= (self._warm_up_s if was_on else rest_s)
        if is_due:
            self._is_on = 1 - was_on
            left_s = self._warm_up_s if self._is_on else rest_s
            self._next = now + left_s
        self.again_s = left_s + 1  # as it is counted from when this reading was due
        if is_due and was_on:
            self._keep()  # if the measurement is broken off, it is over all the same
            await self._measure()
        self._switch(self._is_on)
        self._keep()
        values, fields = self._values, self.FIELDS
        return {fields[i]: values[i] for i in range(len(fields)) if values[i] != NOTHING}

    async def _measure(self):
        reading = {}
        for module in self._modules:
            try:
                reading.update(await module.read())
            except BusError as error:
                print("measurement:", error)
        self._values = [reading.get(field, BROKEN) for field in self.FIELDS]

    def clock_jumped(self, by_s):
        """The chip's clock was set."""
        self._next += by_s
        self._keep()

    def _keep(self):
        self._slot.store(struct.pack(self._layout, self._next, self._is_on, *self._values))
