"""The node's time: the chip's clock, and what is known of it over resets and sleep."""

import struct

from firmware.kept import TIME_SLOT, RtcSlot, unpacked
from firmware.rtc import Rtc
from firmware.timekeeping import Timekeeper

NOT_BEFORE = 189_388_800  # 2026-01-01, in seconds since 2020: this firmware has never seen an earlier day
LAYOUT = "<iii"  # what Timekeeper keeps over a reset


class Clock(Timekeeper):
    def __init__(self):
        self._slot = RtcSlot(*TIME_SLOT)
        super().__init__(Rtc(), NOT_BEFORE, unpacked(LAYOUT, self._slot.load()))

    def synchronise(self, time, source):
        """As Timekeeper's; what is known then is kept."""
        changed = super().synchronise(time, source)
        self._slot.store(struct.pack(LAYOUT, *self.kept))
        return changed
