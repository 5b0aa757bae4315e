"""Reports from before the clock was set: when they are dated, with what, and what a reset changes."""

from firmware.outbox.log_state import MAX_BOOTS
from firmware.outbox.record_log import ALARM
from tests.firmware.log_bench import LogBench

NOW = 190_000_000


def times(bench):
    return [record.time for record in bench.outbox.next_batch(64, NOW)]


def test_reports_wait_until_the_time_is_known():
    bench = LogBench()
    bench.outbox.add_report(None, 5, [1])
    bench.outbox.add_report(None, 65, [2], ALARM)
    bench.outbox.add_result(1, 0, "done")
    assert times(bench) == [None] and not bench.outbox.empty()  # only the result
    bench.outbox.date(NOW, 100)
    assert times(bench) == [NOW - 35, None, NOW - 95]


def test_a_report_keeps_its_date_whatever_the_clock_does_later():
    bench = LogBench()
    bench.outbox.add_report(None, 5, [1])
    bench.outbox.date(NOW, 10)
    bench.outbox.date(NOW + 500, 20)
    assert times(bench) == [NOW - 5]
    bench.start()
    bench.outbox.add_report(None, 3, [1])
    bench.outbox.date(NOW + 1000, 4)
    assert times(bench) == [NOW - 5, NOW + 999]
    bench.start()
    assert times(bench) == [NOW - 5, NOW + 999]


def test_who_never_knew_the_time_leaves_without():
    bench = LogBench()
    bench.outbox.add_report(None, 5, [1])
    bench.start()
    assert times(bench) == [None]
    bench.outbox.add_report(None, 7, [2])
    bench.outbox.date(NOW, 8)
    assert times(bench) == [None, NOW - 1]


def test_boots_that_can_be_dated_are_few_while_their_reports_are_here():
    bench = LogBench()
    for boot in range(MAX_BOOTS + 2):
        bench.outbox.add_report(None, 5, [boot])
        bench.outbox.date(NOW + boot, 5)
        bench.start()
    expected = [NOW + boot for boot in range(MAX_BOOTS)] + [None, None]
    assert times(bench) == expected
    bench.outbox.remove(bench.outbox.next_batch(64, NOW))
    bench.outbox.add_report(None, 5, [0])
    bench.outbox.date(NOW + 100, 6)
    assert times(bench) == [NOW + 99]


def test_dating_what_needs_no_date_writes_nothing():
    bench = LogBench()
    bench.outbox.add_report(NOW, 5, [1])
    before = bench.changes()
    bench.outbox.date(NOW, 6)
    assert bench.changes() == before
