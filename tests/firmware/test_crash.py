"""What is left of a crash, and when a node starts in safe mode: the real main.py, and nodes that crash."""

import random

import pytest

from host_tools.simulator.flash_faults import FlashFaults
from tests.firmware.life_bench import OPENED, OUTBOX, LifeBench, said

FED = """
import asyncio
from firmware import crash, watchdog
async def fed(seconds):
    dog = watchdog.start()
    for _ in range(seconds // 100):
        await asyncio.sleep(100)
        dog.feed()
"""
LONG_LIFE = """
async def main(safe):
    print("node: safe" if safe else "node: normal")
    await fed(crash.EARLY_S)
    crash.lived()
    await asyncio.sleep(10)
    raise ValueError("after a long life")
"""
CRASHES = """
import asyncio
async def main(safe):
    print("node: safe" if safe else "node: normal")
    await asyncio.sleep(5)
    1 / 0
"""
HANGS_SOMETIMES = """
import asyncio, machine
async def main(safe):
    print("node: safe" if safe else "node: normal", machine.reset_cause())
    await asyncio.sleep(5)
    if safe or machine.reset_cause() == machine.WDT_RESET:
        1 / 0
    while True:
        pass
"""
RECOVERS = """
async def main(safe):
    print("node: safe" if safe else "node: normal", crash.total(crash.BOOTS), crash.total(crash.CRASHES))
    if safe:
        await fed(crash.SAFE_S)
        crash.leave_safe_mode()
    await asyncio.sleep(5)
    1 / 0
"""
FIRST_LIFE_IS_LONG = """
async def main(safe):
    print("node: safe" if safe else "node: normal")
    if crash.total(crash.BOOTS) == 1:
        await fed(crash.EARLY_S)
        crash.lived()
    1 / 0
"""
SLEEPS = """
import machine
from firmware import crash
async def main(safe):
    print("node:", crash.total(crash.BOOTS))
    machine.deepsleep(1000)
"""
# Crashes in its first life; then tells, and shows what is in the outbox.
TELLS = (
    OPENED
    + """
import asyncio, machine
from firmware import crash
from protocols.cbor_decoder import loads
CRASH = 2
async def main(safe):
    if not crash.total(crash.CRASHES):
        {raises}
    crash.tell(numbers.boot, log.last, lambda text: outbox.add_event(1, 1, 1, CRASH, (text,)))
    records = outbox.next_batch(64, None)
    print("node: told", len(records), len(crash._words.load()), [loads(record.content) for record in records])
    for _ in range(3):
        outbox.add_event(1, 1, 1, 5, (0,))
    await asyncio.sleep(1000)
"""
)
# Out of memory while the traceback is written down.
NO_MEMORY = """
class Sys:
    def print_exception(self, error, file=None):
        if file:
            raise MemoryError
        sys.print_exception(error)
import sys
crash.sys = Sys()
raise OSError(5)
"""
NO_NVS = """
from esp32 import NVS
class Broken(NVS):
    def commit(self):
        raise OSError(-4354)
crash.NVS, crash._words.store = Broken, Broken.commit
raise ValueError("the first")
"""


def modes(bench, seconds):
    return [line for line in said(bench.run(seconds)) if line.startswith(("safe", "normal"))]


def told(console):
    return [line for line in said(console) if line.startswith("told")]


def tells(raises):
    return TELLS.format(raises=raises.strip().replace("\n", "\n        "))


def test_restarts_come_slower_and_the_fifth_life_is_in_safe_mode():
    bench = LifeBench(CRASHES)
    assert modes(bench, 300) == ["normal"] * 4 + ["safe"] * 2
    pauses = [10, 20, 40, 80, 80]
    ends = [sum(pauses[: n + 1]) + 5 * (n + 1) for n in range(5)]
    assert [cause for cause, _ in bench.resets_s] == ["software"] * 5
    assert [at_s for _, at_s in bench.resets_s] == pytest.approx(ends, abs=1)


def test_crashes_after_a_long_life_are_no_loop():
    bench = LifeBench(FED + LONG_LIFE)
    assert modes(bench, 20 * 620 - 5) == ["normal"] * 20
    assert bench.resets_s[-1][1] == pytest.approx(19 * 620, abs=2)


def test_a_late_crash_is_not_the_first_of_a_loop():
    assert modes(LifeBench(FED + FIRST_LIFE_IS_LONG), 600 + 170) == ["normal"] * 5 + ["safe"]


def test_the_watchdogs_resets_count_too():
    assert modes(LifeBench(HANGS_SOMETIMES), 420) == [
        "normal 1",
        "normal 3",
        "normal 2",
        "normal 3",
        "safe 2",
    ]


def test_safe_mode_ends_and_one_more_crash_brings_it_back():
    bench = LifeBench(FED + RECOVERS)
    assert modes(bench, 3600 + 400) == [
        *("normal 1 0", "normal 2 1", "normal 3 2", "normal 4 3", "safe 5 4"),
        *("normal 6 4", "safe 7 5"),
    ]
    at_s = [second for _, second in bench.resets_s]
    assert at_s[4] - at_s[3] == pytest.approx(3600, abs=1)


def test_switching_off_and_on_begins_anew():
    bench = LifeBench(FED + RECOVERS)
    bench.queue.at(300 * 1_000_000, bench.chip.cut_power)
    assert modes(bench, 305) == [
        *("normal 1 0", "normal 2 1", "normal 3 2", "normal 4 3", "safe 5 4", "normal 6 4")
    ]


def test_a_wake_from_deep_sleep_is_no_boot():
    assert said(LifeBench(SLEEPS).run(10))[:4] == ["1"] * 4


def test_the_last_words_become_one_event():
    console = LifeBench(tells('raise ValueError("x" * 100 + chr(228))'), OUTBOX).run(30)
    (line,) = told(console)
    assert line.startswith("told 1 0 [[2, ")
    assert "in main\\nValueError: " + "x" * 100 + "?\\n" in line
    assert "Traceback" in console  # and on the console


def test_of_a_long_traceback_the_end_is_kept():
    console = LifeBench(tells("def deep(n): return deep(n - 1) if n else 1 / 0\ndeep(30)"), OUTBOX).run(30)
    (line,) = told(console)
    assert line.endswith("in deep\\nZeroDivisionError: divide by zero\\n']]")
    assert 300 < len(line) < 340


def test_a_program_that_hangs_is_told_as_well():
    console = LifeBench(tells("while True: pass"), OUTBOX).run(130)
    assert told(console) == ["told 1 0 [[2, 'watchdog: the program was stuck']]"]


def test_a_memory_error_does_not_hide_the_first_error():
    console = LifeBench(tells(NO_MEMORY), OUTBOX).run(30)
    assert told(console) == ["told 1 0 [[2, 'OSError']]"]
    assert "OSError: [Errno 5] EIO" in console


def test_without_nvs_the_node_restarts_all_the_same():
    bench = LifeBench(tells(NO_NVS), OUTBOX)
    console = bench.run(15)
    assert "ValueError: the first" in console and "OSError" in console
    assert bench.resets_s[0] == ("software", pytest.approx(10, abs=1))


def operations():
    """(programs and erases until the crash is kept, those until it is told)."""
    bench = LifeBench(tells('raise ValueError("cut")'), OUTBOX)
    flash = bench.flash.operations
    start = flash.programs + flash.erases
    counts = []
    for second in (9, 15):
        bench.queue.at(second * 1_000_000, lambda: counts.append(flash.programs + flash.erases - start))
    bench.run(30)
    return counts


def test_wherever_power_is_cut_it_is_told_once():
    kept, told_all = operations()
    assert told_all - kept >= 10
    for operation in range(kept + 1, told_all + 1):
        for fraction in (0.5, 1.0):
            bench = LifeBench(tells('raise ValueError("cut")'), OUTBOX)
            FlashFaults(bench.flash, random.Random(operation)).cut_after(operation, fraction)
            lines = told(bench.run(60))
            assert bench.chip.resets["power cut"] == 1
            assert lines[-1].count("ValueError: cut") == 1, (operation, fraction, lines)
            assert lines[-1].split()[2] == "0"  # nothing is kept any more
