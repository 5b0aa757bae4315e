"""What the log costs: erases over ten years, from the flash's own counters, and the work of a start."""

import random

import pytest

from firmware.outbox.record_log import EVENT
from firmware.outbox.sequence_numbers import STEP
from protocols.message_numbers import PASS
from tests.firmware.log_bench import LogBench, full_files, lamp

NOW = 190_000_000
ENDURANCE = 100_000  # erases of a sector that NOR flash vendors promise (W25Q64JV datasheet, section 1)
TEN_YEARS_S = 10 * 365 * 86_400
POLE = TEN_YEARS_S // 60  # reports
BATTERY = TEN_YEARS_S // 3600
PASSES = 3650 * 10_000  # of tags, at a busy crossing
SECTORS = (8 - 2) * 256  # of an 8 MiB part's file system
# The same shares on a small volume: a sixth of it is a full log, another a program that stays.
BLOCKS, CAPACITY, PROGRAM = 48, 8, 8


def add_report(outbox, rng, number):
    outbox.add_report(NOW + 60 * number, 60 * number, lamp(rng, number))


def add_pass(outbox, rng, number):
    data = rng.randbytes(12), rng.randrange(3000), rng.randrange(1, 30), -rng.randrange(40, 75)
    outbox.add_event(NOW + number, number, EVENT, PASS, data)


def wear_of(records, acknowledged_every, add=add_report):
    """(erases per record, most worn sector per mean) of a node that stores so many."""
    bench, rng = LogBench(BLOCKS, CAPACITY), random.Random(1)
    for number in range(PROGRAM):
        with bench.os.open(f"/program{number}", "wb") as file:
            file.write(bytes(4000))
    before = list(bench.flash.wear)
    for number in range(records):
        add(bench.outbox, rng, number)
        if acknowledged_every and number % acknowledged_every == 0:
            bench.outbox.remove(bench.outbox.next_batch(64, None))
    worn = [after - old for after, old in zip(bench.flash.wear, before, strict=True)][:BLOCKS]
    return sum(worn) / records, max(worn) * BLOCKS / sum(worn)


def ten_years(reports, per_report, unevenness):
    """Erases of the most worn sector."""
    return reports * per_report / SECTORS * unevenness


def test_a_pole_that_never_has_coverage_in_ten_years():
    per_report, unevenness = wear_of(4000, acknowledged_every=0)
    assert per_report < 1.1
    assert ten_years(POLE, per_report, unevenness) < ENDURANCE / 5
    assert ten_years(BATTERY, per_report, unevenness) < ENDURANCE / 100


@pytest.mark.parametrize(("acknowledged_every", "bound"), [(1, 0.06), (3, 0.06), (12, 0.8)])
def test_a_pole_whose_reports_are_acknowledged(acknowledged_every, bound):
    per_report, _ = wear_of(1000, acknowledged_every)
    assert per_report < bound


@pytest.mark.parametrize(("acknowledged_every", "bound"), [(3, 0.06), (12, 0.8), (50, 1), (0, 1)])
def test_a_reader_whose_passes_are_stored_one_by_one(acknowledged_every, bound):
    per_pass, unevenness = wear_of(2000, acknowledged_every, add_pass)
    assert per_pass < bound
    if acknowledged_every != 3:  # of so few erases most are in the folder's own blocks
        assert ten_years(PASSES, per_pass, unevenness) < ENDURANCE / 2


def test_the_steps_of_sequence_numbers_do_not_wear_nvs():
    commits = POLE // STEP
    pages, entries = 5, 126  # of 24 KiB, one page kept free (ESP-IDF, "NVS", "Internals")
    assert commits / entries / pages < ENDURANCE / 100


def test_start_and_first_batch_are_bounded_with_a_full_log():
    bench = LogBench(blocks=400, capacity=256)
    for name, content in full_files(256).items():
        bench.replace(name, content)
    before = bench.flash.operations.bytes_read
    bench.start()
    assert bench.flash.operations.bytes_read - before < 1 << 20
    before = bench.flash.operations.bytes_read
    assert [record.sequence for record in bench.outbox.next_batch(64, None)] == list(range(64))
    assert bench.flash.operations.bytes_read - before < 1 << 20
    assert bench.outbox.add_report(NOW, 1, [1]) > 10_000
