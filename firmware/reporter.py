"""From samples to records: what of a round of readings is worth keeping, and how soon it should leave."""

import board

from firmware.faults import Faults
from firmware.outbox.record_log import EVENT, TELEMETRY
from firmware.rules import Rules
from firmware.sampler import Sampler
from protocols.message_numbers import ALARM, FAULT


class Reporter:
    """`rules` and `faults` are kept over resets or sleep by whoever owns it."""

    def __init__(self, sampler, faults, rules, recorder):
        self.faults = faults
        self.rules = rules
        self._sampler = sampler
        self._recorder = recorder

    async def round(self, now_s, is_due):
        """Read all parts, and record what is worth it; `is_due`: a report in any case.

        True if anything was recorded.  now_s: as Rules.judge has it.
        """
        values = await self._sampler.sample()
        faults = self.faults.judge(values)
        for fault in faults:
            self._recorder.event(EVENT, FAULT, fault)
        cls, alarms = self.rules.judge(values, now_s)
        for alarm in alarms:
            self._recorder.event(cls, ALARM, alarm)
        is_wanted = cls is not None
        if is_due or is_wanted:
            self._recorder.report(values, cls if is_wanted else TELEMETRY)
            self.rules.reported(values, now_s)
        return bool(faults or is_due or is_wanted)


def reporter(parts, recorder, rules_kept, faults_kept, log):
    """The Reporter of this board's points; `parts`: name -> driver."""
    return Reporter(
        Sampler(parts, board.POINTS, log),
        Faults(board.POINTS, kept=faults_kept),
        Rules(board.RULES, board.POINTS, rules_kept),
        recorder,
    )
