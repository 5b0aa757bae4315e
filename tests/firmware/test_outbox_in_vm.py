"""The outbox's log in the MicroPython VM of a simulated chip: its flash, its NVS, its memory, its time."""

import ast
import random

import pytest

from firmware.outbox import log_segment
from host_tools.build.firmware_files import path_on_node, source_path
from host_tools.mpy import compile_module
from host_tools.simulator.flash_faults import FlashFaults
from tests.firmware.log_bench import full_files
from tests.host_tools.board_bench import BoardBench, printed

MODULES = [
    *("firmware", "firmware.outbox", "firmware.outbox.log_segment", "firmware.outbox.log_state"),
    *("firmware.outbox.outbox", "firmware.outbox.record_log", "firmware.outbox.records"),
    *("firmware.outbox.sequence_numbers", "protocols", "protocols.cbor_decoder", "protocols.cbor_encoder"),
    *("protocols.cbor_values", "protocols.cbor_writer", "protocols.errors", "protocols.report"),
    *("protocols.report.encoder", "protocols.report.layout"),
]
OPEN = """
import asyncio, gc, time
from esp32 import NVS
from firmware.outbox.outbox import Outbox
from firmware.outbox.record_log import ALARM, RecordLog
from firmware.outbox.sequence_numbers import SequenceNumbers

def opened():
    log = RecordLog("/outbox", 256)
    return Outbox(log, SequenceNumbers(NVS("citynode"), log.last + 1))
"""
BUSY = """
outbox = opened()
print("kept", [record.sequence for record in outbox.next_batch(1000, None)])
for i in range(24):
    print("took", [outbox.add_report(1000, 1, [i, None, -i, 1 << 29])])
    if i % 5 == 4:
        batch = outbox.next_batch(4, None)[i % 2 :]
        print("sent", [record.sequence for record in batch])
        outbox.remove(batch)
        print("gone", [record.sequence for record in batch])
print("end", [])
"""
COSTS = """
async def lowest():
    found = gc.mem_alloc()
    for _ in range(200):  # every so many waits the simulator collects garbage
        await asyncio.sleep_ms(1)
        found = min(found, gc.mem_alloc())
    return found

def used():
    return asyncio.run(lowest())

def timed(function, *arguments):
    start = time.ticks_us()
    result = function(*arguments)
    print(time.ticks_diff(time.ticks_us(), start))
    return result

before = [used(), used()][1]
outbox = timed(opened)
print(used() - before)
batch = timed(outbox.next_batch, 64, None)
timed(outbox.add_report, 190000000, 5, [1, 2, 3, 4, 5, 6, 7, None], ALARM)
timed(outbox.remove, batch)
print(len(batch), batch[0].sequence)
"""


def board(program, files=None):
    modules = {}
    for module in MODULES:
        name = path_on_node(module)
        modules["/lib/" + name.removesuffix(".py") + ".mpy"] = compile_module(source_path(module), name)
    return BoardBench({"main.py": OPEN + program, **modules, **(files or {})})


def numbers(lines, word):
    """All that stands behind `word`, line after line."""
    return [n for line in lines if line.startswith(word) for n in ast.literal_eval(line.partition(" ")[2])]


@pytest.mark.parametrize("operation", [2, 9, 17, 31, 40, 58, 77, 95])
def test_a_chip_that_loses_power_keeps_what_it_took(operation):
    bench = board(BUSY)
    FlashFaults(bench.flash, random.Random(operation)).cut_after(operation, 0.5)
    before, after = (printed(boot) for boot in bench.run(6).split("ESP-ROM:")[1:])
    assert "end []" not in before and "end []" in after
    took, sent, gone = (numbers(before, word) for word in ("took", "sent", "gone"))
    kept = numbers(after, "kept")
    assert set(took) - set(sent) <= set(kept)
    assert not set(kept) & set(gone)
    assert len(set(kept) - set(took)) <= 1  # the one whose call had not returned
    assert kept == sorted(kept)
    later = numbers(after, "took")
    assert len(later) == 24 and min(later) > max([-1, *took, *kept])


def test_time_and_memory_with_a_full_log():
    files = {f"/outbox/{name}": content for name, content in full_files(256).items()}
    lines = printed(board(COSTS, files).run(100))
    opening_us, ram, batch_us, append_us, remove_us = (int(line) for line in lines[:5])
    assert opening_us < 50_000 and append_us < 5_000  # of MicroPython's work; the flash's time comes on top
    assert batch_us < 100_000 and remove_us < 100_000
    assert log_segment.SIZE < ram < 4 * 1024
    assert lines[5] == "64 0"
