"""What goes into an uplink, and what has to wait."""

import importlib
import random
import sys
from types import SimpleNamespace

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.outbox.outbox import Record
from firmware.outbox.records import EVENT, HEALTH_TABLE, PRODUCT_TABLE, RESULT
from host_tools.collector.payload import decode_uplink
from protocols.message_numbers import ALARM
from protocols.report.encoder import ABSENT, INVALID
from protocols.report.layout import MAX_REPORTS, MAX_VALUE

SCHEMA_ID, HEALTH_SCHEMA_ID = 0xC17E01, 0xC17E02
ALL = MAX_REPORTS  # records, of which one message may not hold all
VERSION = (1 << 30) - 1  # of a configuration: the longest there is


@pytest.fixture(scope="module")
def message():
    """firmware/message.py as on a board of two points, and one of its health."""
    made = {"SCHEMA_ID": SCHEMA_ID, "POINTS": (1, 2), "HEALTH_SCHEMA_ID": HEALTH_SCHEMA_ID, "HEALTH": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "board", SimpleNamespace(**made))
        patch.delitem(sys.modules, "firmware.message", raising=False)
        yield importlib.import_module("firmware.message")
        sys.modules.pop("firmware.message")


def reports(count, values=lambda i: [i, -i], table=PRODUCT_TABLE):
    return [Record(None, i, table, 1000 + 60 * i, values(i)) for i in range(count)]


def health(count):
    return [Record(None, 500 + i, HEALTH_TABLE, 2000 + 3600 * i, [7]) for i in range(count)]


def events(count, *data):
    return [Record(None, 200 + i, EVENT, 3000 + i, cbor2.dumps([ALARM, *data])) for i in range(count)]


def results(count, detail):
    return [Record(None, 100 + i, RESULT, None, cbor2.dumps([i + 1, 0, detail])) for i in range(count)]


def rows(found):
    return [(report.seq, report.time, report.values) for report in found]


def test_all_that_fits_goes(message):
    told, done, own, other = events(2, "voltage", 1, None), results(1, "80 %"), reports(20), health(2)
    payload, sent = message.encode([*told, *own, *other, *done], 3)
    assert sent == done + told + own + other
    uplink = decode_uplink(payload)
    assert (uplink.schema_id, uplink.health_schema_id) == (SCHEMA_ID, HEALTH_SCHEMA_ID)
    assert rows(uplink.reports) == [(r.sequence, r.time, r.content) for r in own]
    assert rows(uplink.health) == [(r.sequence, r.time, r.content) for r in other]
    assert [(r.command_id, r.status, r.detail) for r in uplink.results] == [(1, 0, "80 %")]
    assert [(e.seq, e.time, e.code, e.data) for e in uplink.events] == [
        (r.sequence, r.time, ALARM, ["voltage", 1, None]) for r in told
    ]
    assert uplink.configuration == 3


def test_nothing_to_tell_asks_for_the_time(message):
    assert message.encode([], 0) == (cbor2.dumps({6: 0}), [])


def test_values_that_are_not_there_or_cannot_be_right(message):
    values = [ABSENT, INVALID], [-MAX_VALUE, MAX_VALUE]
    payload, _ = message.encode(reports(2, lambda i: values[i]), 0)
    found = [report.values for report in decode_uplink(payload).reports]
    assert found == [[None, "invalid"], [-MAX_VALUE, MAX_VALUE]]


def test_one_datagram_holds_the_oldest_of_what_does_not_fit(message):
    rng = random.Random(1)
    waiting = reports(ALL, lambda _: [rng.randrange(-MAX_VALUE, MAX_VALUE) for _ in range(2)])
    payload, sent = message.encode(waiting, VERSION)
    assert sent == waiting[: len(sent)]
    assert [r.seq for r in decode_uplink(payload).reports] == [r.sequence for r in sent]
    assert message.MAX_PAYLOAD * 0.7 < len(payload) <= message.MAX_PAYLOAD


def test_smooth_reports_fill_a_message_to_its_limit(message):
    payload, sent = message.encode(reports(ALL), 0)
    assert len(sent) == MAX_REPORTS
    assert len(payload) < 40


def test_results_go_first(message):
    done = results(9, "x" * 100)
    payload, sent = message.encode(reports(2) + done, 0)
    assert sent[:3] == done[:3] and done[4] not in sent
    assert len(payload) <= message.MAX_PAYLOAD


def test_the_longest_result_and_the_longest_event_fit_alone(message):
    for records in (results(1, "\U0001f4a1" * 100), events(1, "x" * 300)):
        _, sent = message.encode(records, VERSION)
        assert sent == records


def test_many_events_go_in_several_messages(message):
    told = events(64, b"\xe2" * 12, 1200, 5, -48)
    payload, sent = message.encode(told, 0)
    assert sent == told[: len(sent)] and 10 < len(sent) <= message.MAX_ITEMS
    short = events(64)
    payload, sent = message.encode(short, 0)
    assert sent == short[: message.MAX_ITEMS]
    assert len(decode_uplink(payload).events) == message.MAX_ITEMS


def test_a_time_that_nobody_knows(message):
    told, own = events(1)[0], reports(1)[0]
    told.time = own.time = None
    uplink = decode_uplink(message.encode([told, own], 0)[0])
    assert uplink.reports[0].time is uplink.events[0].time is None


VALUE = st.sampled_from([ABSENT, INVALID]) | st.integers(-MAX_VALUE, MAX_VALUE)
DATUM = st.none() | st.integers(-(1 << 29), 1 << 29) | st.text(max_size=30) | st.binary(max_size=60)
CONTENT = {
    PRODUCT_TABLE: st.lists(VALUE, min_size=2, max_size=2),
    HEALTH_TABLE: st.lists(VALUE, min_size=1, max_size=1),
    EVENT: st.lists(DATUM, max_size=6).map(lambda data: cbor2.dumps([17, *data])),
    RESULT: st.text(max_size=100).map(lambda detail: cbor2.dumps([9, 1, detail])),
}


@st.composite
def batches(draw):
    kinds = draw(
        st.lists(st.sampled_from([PRODUCT_TABLE, HEALTH_TABLE, EVENT, RESULT]), max_size=MAX_REPORTS)
    )
    times = st.none() | st.integers(0, (1 << 30) - 1)
    return [
        Record(None, i, kind, None if kind == RESULT else draw(times), draw(CONTENT[kind]))
        for i, kind in enumerate(kinds)
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches(), st.integers(0, VERSION))
def test_any_mixture_is_well_formed_and_what_is_left_waits_in_order(message, batch, version):
    payload, sent = message.encode(batch, version)
    assert len(payload) <= message.MAX_PAYLOAD
    assert bool(sent) == bool(batch)
    for kind in CONTENT:
        ours = [record for record in batch if record.kind == kind]
        taken = [record for record in sent if record.kind == kind]
        assert taken == ours[: len(taken)]
    uplink = decode_uplink(payload)
    assert uplink.configuration == version
    found = [(PRODUCT_TABLE, r.seq) for r in uplink.reports] + [(HEALTH_TABLE, r.seq) for r in uplink.health]
    found += [(EVENT, event.seq) for event in uplink.events]
    assert sorted(found) == sorted((r.kind, r.sequence) for r in sent if r.kind != RESULT)
    assert len(uplink.results) == sum(record.result for record in sent)
    for event in uplink.events:
        assert cbor2.dumps([event.code, *event.data]) == batch[event.seq].content
