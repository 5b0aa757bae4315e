"""A sonde in the water: switched on now and then, and read when it is warm.

Between switching on and reading, and until the next time, the node sleeps: the switch is an output that is
held meanwhile, as pins of the chip's always-on domain are.  Each reading of the part has the values of the
last measurement; if the sonde did not answer, values out of any range, which the points' rules make faults.
"""

import struct
import time

from firmware.kept import QUALITY_SLOT, RtcSlot, unpacked
from protocols.errors import BusError

FIELDS = "oxygen_ppb", "turbidity_mntu", "conductivity_uspcm", "acidity_centiph", "temperature_mdegc"
KEPT = "<iB5i"
NOTHING = -0x40000000  # in place of a value: nothing was measured yet
BROKEN = NOTHING + 1  # the sonde did not answer


class WaterQuality:
    """`switch`: the pin of the sonde's supply, on while it is high."""

    stretch = 1

    def __init__(self, switch, sonde, **settings):
        self._switch = switch
        self._sonde = sonde
        self._slot = RtcSlot(*QUALITY_SLOT)
        kept = unpacked(KEPT, self._slot.load(), 0, 0, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
        self._next, self._is_on = kept[:2]
        self._values = kept[2:]
        self.again_s = None
        self.configure(**settings)

    def configure(self, warm_up_s=60, every_s=86_400):
        """warm_up_s: what its slowest probe needs; every_s: from one measurement to the next."""
        self._warm_up_s = warm_up_s
        self._every_s = every_s

    async def read(self):
        """Before the first measurement it has no fields."""
        now = time.time()
        left_s = self._next - now
        rest_s = self._every_s * self.stretch - self._warm_up_s
        if not 0 < left_s <= (self._warm_up_s if self._is_on else rest_s):
            if self._is_on:
                await self._measure()
            self._is_on = 1 - self._is_on
            left_s = self._warm_up_s if self._is_on else rest_s
            self._next = now + left_s
        self._switch.init(self._switch.OUT, value=self._is_on, hold=self._is_on)
        self.again_s = left_s + 1  # as it is counted from when this reading was due
        self._keep()
        values = self._values
        return {FIELDS[i]: values[i] for i in range(len(FIELDS)) if values[i] != NOTHING}

    async def _measure(self):
        reading = {}
        try:
            reading = await self._sonde.read()
        except BusError as error:
            print("water quality:", error)
        self._values = [reading.get(field, BROKEN) for field in FIELDS]

    def clock_jumped(self, by_s):
        """The chip's clock was set."""
        self._next += by_s
        self._keep()

    def _keep(self):
        self._slot.store(struct.pack(KEPT, self._next, self._is_on, *self._values))
