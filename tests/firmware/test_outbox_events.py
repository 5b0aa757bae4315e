"""Events and reports of both tables in the outbox: what comes out, when it is dated, how many wait."""

import cbor2
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.outbox import records
from firmware.outbox.record_log import ALARM, EVENT, PER_FILE, TELEMETRY
from firmware.outbox.records import HEALTH_TABLE, PRODUCT_TABLE, RESULT
from protocols.report.encoder import ABSENT, INVALID
from protocols.report.layout import MAX_COUNTER, MAX_VALUE
from tests.firmware.log_bench import LogBench

NOW = 190_000_000
VALUES = list(range(1_000_000, 1_000_030))  # so many that few reports make a file
PER_LARGE_FILE = 19


def batch(bench):
    return bench.outbox.next_batch(1000, NOW)


def test_what_comes_out_of_each_kind():
    bench = LogBench()
    bench.outbox.add_event(NOW, 5, ALARM, 0, ["voltage", 1, None, b"\xe2"])
    bench.outbox.add_report(NOW, 5, [1, None, INVALID, -MAX_VALUE, MAX_VALUE + 1])
    bench.outbox.add_report(NOW + 1, 6, [2], table=HEALTH_TABLE)
    bench.outbox.add_result(7, 2, "x" * 120)
    bench.start()
    assert [(r.sequence, r.kind, r.time, r.content, r.result) for r in batch(bench)] == [
        (0, records.EVENT, NOW, cbor2.dumps([0, "voltage", 1, None, b"\xe2"]), False),
        (3, RESULT, None, cbor2.dumps([7, 2, "x" * 100]), True),
        (1, PRODUCT_TABLE, NOW, [1, ABSENT, INVALID, -MAX_VALUE, INVALID], False),
        (2, HEALTH_TABLE, NOW + 1, [2], False),
    ]


def test_a_text_is_cut_to_what_one_message_can_hold():
    bench = LogBench()
    for text in ("e" * 300, "e" * 1000, "\U0001f4a1" * 1000):
        bench.outbox.add_event(NOW, 5, EVENT, 2, [text])
        *_, last = batch(bench)
        (code, kept) = cbor2.loads(last.content)
        assert code == 2 and text.startswith(kept) and 225 <= len(kept.encode()) <= 300


def test_events_from_before_the_clock_was_set_are_dated():
    bench = LogBench()
    bench.outbox.add_event(None, 5, ALARM, 0, ["door_open", 1, 1])
    bench.outbox.add_result(1, 0, "done")
    assert [record.result for record in batch(bench)] == [True]
    bench.outbox.date(NOW, 100)
    assert [record.time for record in batch(bench)] == [NOW - 95, None]
    bench.start()
    bench.outbox.add_event(None, 3, ALARM, 0, [])
    bench.start()
    assert [record.time for record in batch(bench)] == [NOW - 95, None, None]


def test_events_expire_with_their_class():
    bench = LogBench(expiry_s=(300, 200, 100))
    bench.outbox.add_event(NOW, 5, EVENT, 4, [])
    bench.outbox.add_event(NOW, 5, ALARM, 0, [])
    assert [record.sequence for record in bench.outbox.next_batch(9, NOW + 201)] == [1]


VALUE = st.none() | st.just(INVALID) | st.integers(-MAX_VALUE, MAX_VALUE)


@given(
    st.sampled_from([PRODUCT_TABLE, HEALTH_TABLE]),
    st.none() | st.integers(0, MAX_COUNTER),
    st.integers(0, MAX_COUNTER),
    st.integers(0, MAX_COUNTER),
    st.lists(VALUE),
)
def test_any_report_survives_the_flash(table, time, boot, uptime, values):
    kind, head, content = records.decode(records.encode(table, time, boot, uptime, values))
    assert (kind, head) == (table, [boot, uptime] if time is None else [time])
    assert content == [ABSENT if value is None else value for value in values]


@given(st.none() | st.integers(0, MAX_COUNTER), st.integers(0, MAX_COUNTER), st.binary(max_size=80))
def test_any_event_and_any_result_survive_the_flash(time, uptime, content):
    kind, head, found = records.decode(records.encode(records.EVENT, time, 9, uptime, content))
    assert (kind, head, found) == (records.EVENT, [9, uptime] if time is None else [time], content)
    assert records.decode(records.encode(RESULT, None, 9, uptime, content)) == (RESULT, [], content)


def test_small_values_and_what_is_not_there_take_a_byte_each():
    values = [0, None, INVALID, 62, -63]
    assert len(records.encode(PRODUCT_TABLE, 5, 0, 0, values)) == 2 + len(values)


# --- how many wait


def test_the_depth_counts_what_waits():
    bench = LogBench()
    assert bench.outbox.depth() == 0
    for number in range(5):
        bench.outbox.add_report(NOW, number, [1])
        bench.outbox.add_event(NOW, number, EVENT, 4, [])
    assert bench.outbox.depth() == 10
    bench.outbox.remove(batch(bench)[:3])
    assert bench.outbox.depth() == 7
    bench.outbox.refuse(batch(bench)[:2])
    assert bench.outbox.depth() == 5
    bench.start()
    assert bench.outbox.depth() == 5  # all is in the newest files
    bench.outbox.remove(batch(bench))
    assert bench.outbox.depth() == 0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from([ALARM, TELEMETRY]), st.integers(0, 12)), max_size=60))
def test_the_depth_is_right_whatever_is_added_dropped_expired_and_removed(steps):
    bench = LogBench(16, 2, expiry_s=(30, 30, 30))
    for second, (cls, removed) in enumerate(steps):
        bench.outbox.add_report(NOW + second, second, VALUES, cls)
        if removed:
            bench.outbox.remove(bench.outbox.next_batch(removed, NOW + second))
        left = sum(len(list(bench.log.records(cls))) for cls in (ALARM, TELEMETRY))
        assert bench.outbox.depth() == left


def test_of_full_files_of_an_earlier_start_the_depth_is_a_guess_that_ends_with_them():
    bench = LogBench()
    for number in range(2 * PER_LARGE_FILE + 1):
        bench.outbox.add_report(NOW, number, VALUES)
    assert bench.outbox.depth() == 2 * PER_LARGE_FILE + 1
    bench.start()
    assert bench.outbox.depth() == 2 * PER_FILE + 1
    waiting = batch(bench)
    bench.outbox.remove(waiting[:-1])
    assert bench.outbox.depth() >= 1
    bench.outbox.remove(waiting[-1:])
    assert bench.outbox.depth() == 0


def test_the_depth_reads_no_flash():
    bench = LogBench()
    bench.outbox.add_report(NOW, 1, [1])
    before = bench.flash.operations.bytes_read
    assert bench.outbox.depth() == 1 and bench.flash.operations.bytes_read == before
