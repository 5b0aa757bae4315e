"""From samples to records: what of a round of readings is worth keeping, and how soon it should leave.

Which alarms and faults are active outlives everything: the server has been told, and shall be told the end.
It is in NVS, as numbers: row << 3 | what << 1 | unsure.  `what` is 0 for an alarm, whose row is its point, or
that of a fault, whose row is the one of Faults.  NVS is written only when they change.

What begins or ends is unsure in NVS before its event is stored, and sure or gone after it, unless it could
not be stored.  At the next start what is sure is not told again, as the server has it or gets it from the
outbox; of what is unsure it is told how it is, perhaps twice.
"""

import struct

import board

from firmware.faults import Faults
from firmware.kept import RULES_SLOT, TOLD, NvsBlob, RtcSlot
from firmware.outbox.record_log import EVENT, TELEMETRY
from firmware.rules import Rules
from firmware.sampler import Sampler
from protocols.message_numbers import ALARM, FAULT


class Reporter:
    def __init__(self, parts, recorder, log):
        """Of this board's points.  parts: name -> driver."""
        points = board.POINTS
        self._head = struct.pack("<i", board.SCHEMA_ID)  # of what is kept: other points, other rows
        self._slot = RtcSlot(*RULES_SLOT)
        self._blob = NvsBlob(TOLD, 4 + 6 * len(points))  # an alarm and a fault of each, and a part of its own
        told = self._load(self._blob)
        self._told = set(struct.unpack("<%dH" % (len(told) // 2), told))
        self._is_lost = False  # an event could not be stored since the start
        kept = self._load(self._slot) or b"\0"
        end = 1 + kept[0]
        self.faults = Faults(points, 3, kept[end:], self._told)
        self.rules = Rules(board.RULES, points, kept[1:end], self._told)
        self._sampler = Sampler(parts, points, log)
        self._recorder = recorder

    async def round(self, now_s, is_due):
        """Read all parts, and record what is worth it; `is_due`: a report in any case.

        now_s: as Rules.judge has it.
        """
        values = await self._sampler.sample()
        faults = self.faults.judge(values)
        cls, alarms = self.rules.judge(values, now_s)
        told = self.faults.told | self.rules.told
        self._tell(told & self._told | {code | 1 for code in told ^ self._told})
        for fault in faults:
            self._event(EVENT, FAULT, fault)
        for alarm in alarms:
            self._event(cls, ALARM, alarm)
        if not self._is_lost:
            self._tell(told)
        if is_due or cls is not None:
            self._recorder.report(values, TELEMETRY if cls is None else cls)
            self.rules.reported(values, now_s)
        kept = self.rules.kept
        self._slot.store(self._head + bytes((len(kept),)) + kept + self.faults.kept)

    def _event(self, *event):
        if not self._recorder.event(*event):
            self._is_lost = True

    def _tell(self, told):
        """Have NVS know these."""
        if told != self._told:
            self._told = told
            self._blob.store(self._head + struct.pack("<%dH" % len(told), *told))

    def _load(self, memory):
        data = memory.load()
        return data[4:] if data[:4] == self._head else b""
