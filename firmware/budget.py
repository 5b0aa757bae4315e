"""What a node that sleeps has taken from its cell, as it reckons itself, and how long the rest will do.

Nothing measures it: the voltage of a Li-SOCl2 cell is flat until it is nearly empty.  So the time in each
state is counted at the currents of board.CHARGE: in the RTC's memory, and from time to time in NVS.
"""

import struct

import board
from esp32 import NVS

from firmware.kept import BUDGET_SLOT, NAMESPACE, RtcSlot

KEY = "used_mah"  # in NVS
LAYOUT = "<iiiiiiB"
UAS_PER_MAH = 3_600_000
KNOWN_MAH = 5  # that must be used since power-on before a rate is told
NEARLY_PERCENT = 90  # of the cell's charge: then it is low


class Budget:
    """`used_mah` of this cell in all; `brown_outs` since power-on.

    `numbers` are the outbox's, as SequenceNumbers has them: (next, limit) when the sleep began.
    """

    def __init__(self):
        self._boot_uas, self._awake_ma, self._asleep_ua, self._radio_ma, self._whole_mah = board.CHARGE
        self._slot = RtcSlot(*BUDGET_SLOT)
        kept = self._slot.load()
        if len(kept) != struct.calcsize(LAYOUT):  # power was off: goes on with what NVS has
            used_mah = _stored()
            kept = struct.pack(LAYOUT, used_mah, used_mah, 0, 0, -1, -1, 0)
        (
            self.used_mah,
            self._first_mah,
            self._rest_uas,
            self._counted_s,
            next_number,
            limit,
            self.brown_outs,
        ) = struct.unpack(LAYOUT, kept)
        self.numbers = next_number, limit

    def woke(self, now_s):
        """A start, and the sleep before it.  now_s: seconds since power-on."""
        self._spend(self._boot_uas + self._asleep_ua * max(0, now_s - self._counted_s))
        self._counted_s = now_s

    def awake(self, ms, radio_s):
        """So long the chip was awake, and for `radio_s` the modem."""
        self._spend(self._awake_ma * ms + 1000 * self._radio_ma * radio_s)

    def store(self):
        """Before a sleep."""
        next_number, limit = self.numbers
        self._slot.store(
            struct.pack(
                LAYOUT,
                self.used_mah,
                self._first_mah,
                self._rest_uas,
                self._counted_s,
                next_number,
                limit,
                min(self.brown_outs, 255),
            )
        )

    def keep(self):
        """In NVS: for when power is lost."""
        nvs = NVS(NAMESPACE)
        nvs.set_i32(KEY, self.used_mah)
        nvs.commit()

    def is_low(self):
        """By the count, which says nothing of a cell that the sun charges."""
        return 0 < NEARLY_PERCENT * self._whole_mah < 100 * self.used_mah

    def left_h(self):
        """At the rate since power-on; None while that is not known, or if the sun charges the cell."""
        used_mah = self.used_mah - self._first_mah
        if used_mah < KNOWN_MAH or not self._whole_mah:
            return None
        return max(0, self._whole_mah - self.used_mah) * (self._counted_s // 3600) // used_mah

    def _spend(self, uas):
        self._rest_uas += uas
        self.used_mah += self._rest_uas // UAS_PER_MAH
        self._rest_uas %= UAS_PER_MAH


def _stored():
    try:
        return NVS(NAMESPACE).get_i32(KEY)
    except OSError:  # a new board
        return 0
