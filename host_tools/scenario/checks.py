"""Whether what a scenario expects is so."""

from collections import Counter
from itertools import chain

from firmware.outbox.record_log import ALARM
from firmware.outbox.records import PRODUCT_TABLE
from host_tools.boards import schemas_with
from host_tools.collector.configuration import status
from host_tools.collector.core import DecodedReport
from host_tools.events import NAMES, facts
from host_tools.scenario.ledger import Ledger, Taken
from host_tools.scenario.model import (
    ConsoleExpectation,
    Count,
    EventExpectation,
    Expectation,
    PointExpectation,
    ResetExpectation,
    ResultExpectation,
    WorldExpectation,
)
from host_tools.scenario.places import place_of
from host_tools.simulator.simulation import Stage
from protocols.report.decoder import INVALID

LATE_PERIODS = 3  # a node that works has taken its newest report not longer ago
CLOCK_S = 5  # by which a node's clock may be slow
LATE_S = 180  # a record may be under way for so long, beyond the time for which it waits for company


class Checks:
    """One method for each field of an `Expectation`, by its name: what is wrong, or None."""

    def __init__(self, stage: Stage, report_s: int):
        self._stage = stage
        self._report_s = report_s
        self._ledger = Ledger(stage.simulated.chip)
        self._schemas = schemas_with(stage.simulated.board)
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
        """Every report and event that the node has put on its flash is in the database, once, but for those
        that may be under way; and the node goes on taking reports."""
        store, node = self._stage.store, self._stage.node
        stored = Counter(item.seq for item in chain(store.reports(node), store.events(node)))
        twice = [seq for seq, count in stored.items() if count > 1]
        if twice:
            return f"number {twice[0]} is stored twice"
        taken = list(self._ledger.told())
        missing = sorted(item.number for item in taken if item.number not in stored and self._is_late(item))
        if missing:
            return f"{len(missing)} of {len(taken)} records are missing, the first is number {missing[0]}"
        ages = [self._age_s(item) for item in taken if item.kind == PRODUCT_TABLE]
        if not ages or min(ages) > LATE_PERIODS * self._report_s:
            return f"the newest report is {min(ages):.0f} s old" if ages else "there is no report"
        return None

    def _is_late(self, record: Taken) -> bool:
        waits_s = 0 if record.cls == ALARM else self._stage.simulated.board.send_s
        return self._age_s(record) > waits_s + LATE_S

    def _age_s(self, record: Taken) -> float:
        return (self._stage.queue.now_us - record.at_us) / 1e6

    def point(self, wanted: PointExpectation) -> str | None:
        return _of_newest(self._stage.reports, wanted)

    def health(self, wanted: PointExpectation) -> str | None:
        return _of_newest(self._stage.health, wanted)

    def event(self, wanted: EventExpectation) -> str | None:
        since = self._stage.options.start_unix + wanted.since - CLOCK_S
        count = 0
        for event in self._stage.events:
            if NAMES.get(event.code) == wanted.name and event.time.timestamp() >= since:
                count += facts(event, self._schemas).items() >= wanted.facts.items()
        return outside(count, wanted)

    def world(self, wanted: WorldExpectation) -> str | None:
        value = getattr(*place_of(self._stage.simulated.world, wanted.name), None)
        if not isinstance(value, int | float):
            return f"there is no {wanted.name}"
        return _beyond(value, wanted)

    def configuration(self, wanted: str) -> str | None:
        found = status(self._stage.store, self._stage.node)
        reason = f" ({found.reason})" if found.reason else ""
        return None if found.state.value == wanted else f"it is {found.state.value}{reason}"

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


def _of_newest(reports: list[DecodedReport], wanted: PointExpectation) -> str | None:
    if not reports:
        return "there is no report"
    newest = max(reports, key=lambda report: (report.time, report.seq))  # urgent ones come before older ones
    value = (newest.points or {}).get(wanted.name)
    if value is None:
        return f"the newest report has no {wanted.name}"
    if value == INVALID:
        return f"{wanted.name} is invalid"
    return _beyond(value, wanted)


def _beyond(value: float, wanted: PointExpectation) -> str | None:
    too_low = wanted.least is not None and value < wanted.least
    too_high = wanted.most is not None and value > wanted.most
    return f"{wanted.name} is {value}" if too_low or too_high else None


def outside(count: int, wanted: Count) -> str | None:
    if count < wanted.at_least:
        return f"{count}, not {wanted.at_least} or more"
    if wanted.at_most is not None and count > wanted.at_most:
        return f"{count}, not {wanted.at_most} or fewer"
    return None
