"""What the outbox gives up, in which order, and that it counts it: a full log, a full flash, old reports."""

from firmware.outbox.log_state import DROPPED, EXPIRED, REFUSED
from firmware.outbox.record_log import ALARM, ENOSPC, EVENT, TELEMETRY
from tests.firmware.log_bench import LogBench

NOW = 190_000_000
VALUES = list(range(1_000_000, 1_000_030))  # so many that few reports make a file
PER_FILE = 19


def stored(bench):
    """The sequence numbers that would be sent, in that order."""
    return [record.sequence for record in bench.outbox.next_batch(1000, None)]


def fill(bench, count, cls):
    return [bench.outbox.add_report(NOW, 1, VALUES, cls) for _ in range(count)]


def counts(bench):
    return bench.log.state.counts


def test_alarms_go_first_then_events_then_telemetry_each_oldest_first():
    bench = LogBench()
    for cls in (TELEMETRY, EVENT, ALARM, TELEMETRY, ALARM, EVENT):
        fill(bench, 1, cls)
    bench.outbox.add_result(7, 0, "done")
    assert stored(bench) == [2, 4, 1, 5, 6, 0, 3]
    assert [record.sequence for record in bench.outbox.next_batch(3, None)] == [2, 4, 1]


def test_a_full_log_gives_up_its_oldest_telemetry():
    bench = LogBench(capacity=4)
    alarms = fill(bench, 2, ALARM)
    telemetry = fill(bench, 4 * PER_FILE, TELEMETRY)
    assert counts(bench)[DROPPED : DROPPED + 3] == [0, 0, PER_FILE]
    assert stored(bench) == alarms + telemetry[PER_FILE:]
    bench.start()
    assert stored(bench) == alarms + telemetry[PER_FILE:]
    assert bench.outbox.counted(DROPPED + TELEMETRY) == PER_FILE


def test_what_was_acknowledged_before_is_not_counted_as_dropped():
    bench = LogBench(capacity=2)
    fill(bench, PER_FILE, TELEMETRY)
    bench.outbox.remove(bench.outbox.next_batch(10, None))
    fill(bench, PER_FILE + 1, TELEMETRY)
    assert bench.outbox.counted(DROPPED + TELEMETRY) == PER_FILE - 10


def test_alarms_displace_all_else_and_are_displaced_by_alarms_only():
    bench = LogBench(capacity=3)
    fill(bench, 1, TELEMETRY)
    fill(bench, 1, EVENT)
    alarms = fill(bench, 3 * PER_FILE, ALARM)
    assert counts(bench)[DROPPED : DROPPED + 3] == [0, 1, 1]
    assert fill(bench, 1, TELEMETRY) == [None] and fill(bench, 2, EVENT) == [None, None]
    assert counts(bench)[DROPPED : DROPPED + 3] == [0, 3, 2]
    assert stored(bench) == alarms
    fill(bench, 1, ALARM)
    assert bench.outbox.counted(DROPPED + ALARM) == PER_FILE


def fill_volume(bench):
    """With files of others, until there is no block left."""
    number = 0
    try:
        while True:
            with bench.os.open(f"/hog{number}", "wb") as file:
                file.write(bytes(4096))
            number += 1
    except OSError as error:
        assert error.args == (ENOSPC,)


def test_a_flash_that_others_have_filled():
    bench = LogBench(blocks=16, capacity=40)
    reports = fill(bench, 2 * PER_FILE, TELEMETRY)
    fill_volume(bench)
    alarms = fill(bench, 20, ALARM)
    assert None not in alarms
    assert stored(bench)[:20] == alarms
    assert 0 < bench.outbox.counted(DROPPED + TELEMETRY) <= len(reports)
    fill(bench, 3 * PER_FILE, TELEMETRY)
    files = len(bench.names())
    fill(bench, 3 * PER_FILE, TELEMETRY)
    assert len(bench.names()) <= files
    alarms += fill(bench, 1, ALARM)
    bench.os.remove("/hog0")
    assert None not in alarms + fill(bench, 1, TELEMETRY)
    assert stored(bench)[:21] == alarms


def test_a_log_that_finds_no_room_at_all_counts_and_leaves_no_files():
    bench = LogBench(blocks=16)
    with bench.os.open("/first", "wb") as file:
        file.write(bytes(4096))
    fill_volume(bench)
    for _ in range(30):  # reports that are too long to stand in the folder itself
        assert bench.outbox.add_report(NOW, 1, 2 * VALUES, ALARM) is None
    assert bench.names() == ["state"] and bench.outbox.empty()
    assert bench.outbox.counted(DROPPED + ALARM) == 30
    bench.os.remove("/first")
    assert fill(bench, 1, ALARM) == [30]


def test_reports_expire_by_the_age_of_their_class():
    bench = LogBench(expiry_s=(300, 200, 100))
    for cls in (ALARM, EVENT, TELEMETRY):
        fill(bench, 1, cls)
    bench.outbox.add_result(7, 0, "done")

    def left(age_s):
        return [record.sequence for record in bench.outbox.next_batch(64, NOW + age_s)]

    assert left(100) == [0, 1, 3, 2]
    assert left(101) == [0, 1, 3]
    assert left(201) == [0, 3]
    assert left(301) == left(1 << 29) == [3]  # a result has no age: the server asks until it has it
    assert counts(bench)[EXPIRED : EXPIRED + 3] == [1, 1, 1]
    bench.start()
    assert left(301) == [3] and counts(bench)[EXPIRED : EXPIRED + 3] == [1, 1, 1]


def test_without_a_clock_nothing_expires():
    bench = LogBench(expiry_s=(0, 0, 0))
    fill(bench, 1, TELEMETRY)
    assert len(bench.outbox.next_batch(64, None)) == 1


def test_behind_any_number_of_old_reports_the_young_are_found():
    bench = LogBench(expiry_s=(100, 100, 100))
    fill(bench, 3 * PER_FILE, TELEMETRY)
    sequence = bench.outbox.add_report(NOW + 1000, 1, VALUES)
    assert [record.sequence for record in bench.outbox.next_batch(5, NOW + 1000)] == [sequence]
    assert bench.outbox.counted(EXPIRED + TELEMETRY) == 3 * PER_FILE


def test_what_is_refused_goes_and_is_counted():
    bench = LogBench()
    fill(bench, 3, TELEMETRY)
    bench.outbox.refuse(bench.outbox.next_batch(1, None))
    bench.start()
    assert stored(bench) == [1, 2] and bench.outbox.counted(REFUSED) == 1


def test_what_was_dropped_while_it_was_on_its_way_may_be_acknowledged():
    bench = LogBench(capacity=2)
    fill(bench, 1, TELEMETRY)
    batch = bench.outbox.next_batch(64, None)
    fill(bench, 2 * PER_FILE, TELEMETRY)
    left = stored(bench)
    bench.outbox.remove(batch)
    bench.outbox.refuse(batch)
    assert stored(bench) == left and bench.outbox.counted(REFUSED) == 0


def test_acknowledged_in_any_order_files_go_when_all_of_them_is():
    bench = LogBench()
    fill(bench, 2 * PER_FILE, TELEMETRY)
    batch = bench.outbox.next_batch(1000, None)
    bench.outbox.remove(batch[1::2])
    assert stored(bench) == list(range(0, 2 * PER_FILE, 2))
    bench.outbox.remove(batch[PER_FILE:])
    assert bench.names() == ["state", "t00000000"]
    bench.start()
    assert stored(bench) == list(range(0, PER_FILE, 2))
    bench.outbox.remove(batch[:PER_FILE:2])
    assert bench.names() == ["state"] and bench.outbox.empty()
