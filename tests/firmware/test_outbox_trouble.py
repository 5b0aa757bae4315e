"""The outbox after bit rot, after a lost state, after a new file system: what can be read is still sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.outbox import log_segment
from firmware.outbox.log_state import CORRUPT
from tests.firmware.log_bench import LogBench
from tests.firmware.test_outbox_full import stored

RECORD = 17  # bytes of each in `filled`


def filled(count=5):
    """A bench with so many reports in one file, and that file's name."""
    bench = LogBench()
    for i in range(count):
        bench.outbox.add_report(1000 + i, 1, [i, 100_000 + i])
    (name,) = bench.names()
    return bench, name


def spoil(bench, name, change):
    content = bytearray(bench.content(name))
    bench.replace(name, change(content))
    bench.start()


def ends(content):
    return [end for _, end, _ in log_segment.scan(memoryview(content), 0, len(content))]


@pytest.mark.parametrize("bad", range(5))
@pytest.mark.parametrize("place", ["length", "number", "crc", "body", "last byte"])
def test_a_record_that_cannot_be_read_is_skipped_and_counted_once(bad, place):
    bench, name = filled()

    def change(content):
        start, end = [0, *ends(content)][bad : bad + 2]
        at = {"length": start, "number": start + 3, "crc": start + 7, "body": start + 12}.get(place, end - 1)
        content[at] ^= 0x81
        return content

    spoil(bench, name, change)
    expected = [i for i in range(5) if i != bad]
    assert stored(bench) == stored(bench) == expected
    assert bench.outbox.counted(CORRUPT) == 1
    bench.start()
    assert stored(bench) == expected and bench.outbox.counted(CORRUPT) == 1
    sequence = bench.outbox.add_report(2000, 1, [7])
    assert stored(bench) == [*expected, sequence]
    bench.outbox.remove(bench.outbox.next_batch(64, None))
    assert bench.names() == ["state"] and bench.outbox.empty()


def test_a_torn_end_is_left_behind_and_nothing_is_written_after_it():
    for length in range(1, RECORD):
        bench, name = filled()
        spoil(bench, name, lambda content, torn=length: content[:-torn])
        sequence = bench.outbox.add_report(2000, 1, [7])
        assert len(bench.names()) == 2
        assert stored(bench) == [0, 1, 2, 3, sequence] and bench.outbox.counted(CORRUPT) == 1


def test_a_file_of_nothing_but_rot_goes():
    bench, name = filled()
    spoil(bench, name, lambda content: bytes(len(content)))
    assert stored(bench) == [] and bench.outbox.empty() and bench.outbox.counted(CORRUPT) == 1


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 5 * RECORD - 1), st.integers(1, 255)), max_size=12))
def test_any_rot(flips):
    bench, name = filled()
    whole = ends(bench.content(name))
    assert whole == [RECORD * i for i in range(1, 6)]

    def change(content):
        for at, flip in flips:
            content[at] ^= flip
        return content

    before = bytes(bench.content(name))
    spoil(bench, name, change)
    after = bytes(bench.content(name))
    expected = [
        i for i, (start, end) in enumerate(zip([0, *whole], whole, strict=False))
        if before[start:end] == after[start:end]
    ]  # fmt: skip
    assert stored(bench) == expected
    assert (bench.outbox.counted(CORRUPT) > 0) == (len(expected) < 5)


def test_without_its_state_the_log_sends_again_what_it_knew_to_be_done_with():
    bench, _ = filled()
    bench.outbox.remove(bench.outbox.next_batch(2, None))
    spoil(bench, "state", lambda content: content[:-1])
    assert stored(bench) == [0, 1, 2, 3, 4]  # under the same numbers
    assert bench.outbox.counted(CORRUPT) == 1


def test_numbers_do_not_repeat_after_the_log_was_emptied_or_the_file_system_formatted():
    bench, numbers = LogBench(), []
    for i in range(40):
        numbers += [bench.outbox.add_report(1000, 1, [i]) for _ in range(10)]
        if i % 4 == 0:
            bench.outbox.remove(bench.outbox.next_batch(1000, None))
        elif i % 4 == 1:
            bench.format()
        elif i % 4 == 2:
            bench.start()
    assert numbers == sorted(set(numbers)) and numbers[-1] < 400 + 64 * 21


def test_numbers_do_not_repeat_while_the_log_holds_them_though_nvs_is_lost():
    bench, _ = filled(100)
    bench.nvs.erase()
    bench.start()
    assert bench.outbox.add_report(1000, 1, [1]) == 100


def test_nvs_is_asked_once_in_64_numbers():
    bench = LogBench()
    for i in range(256):
        assert bench.outbox.add_report(1000, 1, [i]) == i
    assert bench.nvs.commits == 4


def test_files_that_power_left_empty():
    bench = LogBench()
    bench.replace("t00000000", b"")
    bench.replace("state", b"")
    bench.start()
    assert bench.outbox.next_batch(64, None) == [] and bench.outbox.empty()
    assert bench.names() == ["state"] and bench.outbox.counted(CORRUPT) == 0
