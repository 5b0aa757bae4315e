"""Whether a record was stored is known to whoever recorded it, and the uplink is woken in any case."""

import pytest

from firmware.outbox.record_log import ALARM
from firmware.recorder import Recorder


class Outbox:
    """`outcome`: a sequence number, None for no room, or an error of worn flash."""

    def __init__(self, outcome):
        self.outcome = outcome

    def add_event(self, *_event):
        if isinstance(self.outcome, OSError):
            raise self.outcome
        return self.outcome

    add_report = add_event


class Clock:
    def now(self):
        return None

    def seconds(self):
        return 60


@pytest.mark.parametrize(("outcome", "stored"), [(0, True), (7, True), (None, False), (OSError(5), False)])
def test_whether_it_was_stored(outcome, stored):
    told = []
    recorder = Recorder(Outbox(outcome), Clock(), Clock(), lambda text: None)
    recorder.offer = told.append
    assert recorder.event(ALARM, 0, ("voltage", 1, 2551)) is stored
    assert recorder.report([1, 2]) is stored
    assert told == [True, False]
