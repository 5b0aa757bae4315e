"""Whether what a scenario expects is so."""

from collections import Counter
from itertools import pairwise

from firmware.outbox.sequence_numbers import STEP
from host_tools.scenario.model import (
    ConsoleExpectation,
    Count,
    Expectation,
    PointExpectation,
    ResetExpectation,
    ResultExpectation,
)
from host_tools.simulator.simulation import Stage

LATE_PERIODS = 3  # a node that has delivered all may have taken its newest report so long ago


class Checks:
    """One method for each field of an `Expectation`, by its name: what is wrong, or None."""

    def __init__(self, stage: Stage, report_s: int, commands: int):
        """commands: how many the scenario has."""
        self._stage = stage
        self._report_s = report_s
        self._commands = commands
        self._console = bytearray()
        stage.simulated.chip.console.listeners.append(self._console.extend)

    def broken(self, expectation: Expectation) -> str | None:
        for field in type(expectation).model_fields:
            value = getattr(expectation, field)
            if field != "at" and value is not None:
                wrong = getattr(self, field)(value)
                if wrong:
                    return f"{field}: {wrong}"
        return None

    def reports(self, wanted: Count) -> str | None:
        return outside(len(self._stage.reports), wanted)

    def all_delivered_once(self, _yes: bool) -> str | None:
        """Every report and event that the node has taken is in the database, once: none is missing among
        them, and the newest report is as new as it should be."""
        store, node = self._stage.store, self._stage.node
        stored = [taken.seq for taken in (*store.reports(node), *store.events(node))]
        twice = [seq for seq, count in Counter(stored).items() if count > 1]
        if twice:
            return f"report {twice[0]} is stored twice"
        missing = self._missing(sorted(stored))
        if missing:
            taken = len(stored) + len(missing)
            return f"{len(missing)} of {taken} reports are missing, the first is number {missing[0]}"
        newest = max((report.time.timestamp() for report in self._stage.reports), default=0)
        age_s = self._stage.unix_time() - newest
        if age_s > LATE_PERIODS * self._report_s:
            return f"the newest report is {age_s:.0f} s old" if stored else "there is no report"
        return None

    def _missing(self, stored: list[int]) -> list[int]:
        """Numbers below the largest that should be there.

        Results of commands have numbers, too; and who starts again goes on at the next multiple of STEP.
        """
        restarts = sum(self._stage.simulated.chip.resets.values())
        missing: list[int] = []
        for before, number in pairwise([-1, *stored]):
            if number - before > 1 and number % STEP == 0 and restarts:
                restarts -= 1
            else:
                missing += range(before + 1, number)
        results = sum(self._stage.store.result(n) is not None for n in range(1, self._commands + 1))
        return missing if len(missing) > results else []

    def point(self, wanted: PointExpectation) -> str | None:
        if not self._stage.reports:
            return "there is no report"
        value = (self._stage.reports[-1].points or {}).get(wanted.name)
        if value is None:
            return f"the newest report has no {wanted.name}"
        if (wanted.least is not None and value < wanted.least) or (
            wanted.most is not None and value > wanted.most
        ):
            return f"{wanted.name} is {value}"
        return None

    def console(self, wanted: ConsoleExpectation) -> str | None:
        return outside(self._console.count(wanted.text.encode()), wanted)

    def resets(self, wanted: ResetExpectation) -> str | None:
        return outside(self._stage.simulated.chip.resets[wanted.cause], wanted)

    def result(self, wanted: ResultExpectation) -> str | None:
        result = self._stage.store.result(wanted.command)
        if result is None:
            return f"command {wanted.command} has no result"
        status = result.status.name.lower()
        return None if status == wanted.status else f"command {wanted.command} is {status}"


def outside(count: int, wanted: Count) -> str | None:
    if count < wanted.at_least:
        return f"{count}, not {wanted.at_least} or more"
    if wanted.at_most is not None and count > wanted.at_most:
        return f"{count}, not {wanted.at_most} or fewer"
    return None
