"""What goes into an uplink, and what has to wait."""

import importlib
import random
import sys
from types import SimpleNamespace

import pytest

from firmware.outbox import Record
from host_tools.collector.payload import decode_uplink
from protocols.report.layout import MAX_REPORTS, MAX_VALUE

SCHEMA_ID = 0xC17E01
ALL = MAX_REPORTS  # records, of which one message may not hold all


@pytest.fixture
def report(monkeypatch):
    """firmware/report.py as on a board of two points."""
    monkeypatch.setitem(sys.modules, "board", SimpleNamespace(SCHEMA_ID=SCHEMA_ID, POINTS=(1, 2)))
    monkeypatch.delitem(sys.modules, "firmware.report", raising=False)
    yield importlib.import_module("firmware.report")
    sys.modules.pop("firmware.report")


def records(count, values=lambda i: [i, -i]):
    return [Record(None, i, 1000 + 60 * i, values(i), None) for i in range(count)]


def results(count, detail):
    return [Record(None, 100 + i, None, None, (i + 1, 0, detail)) for i in range(count)]


def test_all_that_fits_goes(report):
    waiting, done = records(20), results(1, "80 %")
    payload, sent, answered = report.encode(waiting + done)
    uplink = decode_uplink(payload)
    assert (sent, answered) == (waiting, done)
    assert uplink.schema_id == SCHEMA_ID
    assert [(r.seq, r.time, r.values) for r in uplink.reports] == [
        (r.sequence, r.time, r.values) for r in sent
    ]
    assert [(r.command_id, r.status, r.detail) for r in uplink.results] == [(1, 0, "80 %")]


def test_nothing_to_tell_asks_for_the_time(report):
    assert report.encode([]) == (b"\xa0", [], [])


def test_values_that_are_not_there_or_too_large(report):
    values = [None, MAX_VALUE + 1], [-MAX_VALUE - 1, MAX_VALUE]
    payload, _, _ = report.encode(records(2, lambda i: values[i]))
    assert [r.values for r in decode_uplink(payload).reports] == [[None, "invalid"], ["invalid", MAX_VALUE]]


def test_one_datagram_holds_the_oldest_of_what_does_not_fit(report):
    rng = random.Random(1)
    waiting = records(ALL, lambda _: [rng.randrange(-MAX_VALUE, MAX_VALUE) for _ in range(2)])
    payload, sent, _ = report.encode(waiting)
    assert sent == waiting[: len(sent)]
    assert [r.seq for r in decode_uplink(payload).reports] == [r.sequence for r in sent]
    assert report.MAX_PAYLOAD * 0.7 < len(payload) <= report.MAX_PAYLOAD


def test_smooth_reports_fill_a_message_to_its_limit(report):
    payload, sent, _ = report.encode(records(ALL))
    assert len(sent) == MAX_REPORTS
    assert len(payload) < 40


def test_results_go_first(report):
    done = results(9, "x" * 100)
    payload, sent, answered = report.encode(done + records(20))
    assert answered == done[: len(answered)] and 0 < len(answered) < 9
    assert sent == []
    assert len(payload) <= report.MAX_PAYLOAD


def test_a_time_that_nobody_knows(report):
    record = records(1)[0]
    record.time = None
    payload, _, _ = report.encode([record])
    assert decode_uplink(payload).reports[0].time is None
