"""What ends or disturbs a program: loops without end, a full heap, bad supply, a bad crystal."""

import pytest

from host_tools.simulator.vm import machine
from host_tools.simulator.vm.machine import GarbageError
from tests.host_tools.board_bench import BoardBench, printed, run_main

LOOP = "while True:\n    pass\n"
WATCHED = f"""
import machine, time
print(machine.reset_cause(), machine.RTC().memory())
if machine.reset_cause() == machine.WDT_RESET:
    time.sleep(100)
watchdog = machine.WDT(timeout=4000)
time.sleep(1)
machine.RTC().memory(str(time.ticks_ms()))
watchdog.feed()
{LOOP}
"""
RESET_CAUSES = "import machine\nprint(machine.reset_cause(), machine.RTC().memory())\n"


def test_the_watchdog_ends_a_loop_that_calls_nothing_at_its_time():
    bench = BoardBench({"main.py": WATCHED})
    happened = []
    bench.chip.on_reset = lambda: happened.append(bench.queue.now_us // 10_000)
    shown = bench.run(20)
    assert happened[0] == 500
    assert "3 b'100" in shown
    assert bench.chip.resets["watchdog"] == 1


def test_a_loop_that_calls_nothing_hangs_without_a_watchdog_until_a_reset():
    bench = BoardBench({"main.py": f"import machine\nif machine.reset_cause() == 1:\n    print(1)\n{LOOP}"})
    bench.queue.after(5_000_000, bench.chip.brown_out)
    bench.run(10)
    assert bench.reports[0] == "MicroPython starts"
    assert bench.reports[1].startswith("the program hangs")


def test_work_takes_time_and_the_same_every_time():
    loop = "for _ in range(10_000):\n    pass\n"
    source = f"import time\nstart = time.ticks_us()\n{loop}print(time.ticks_us() - start)"
    first, second = run_main(source), run_main(source)
    assert first == second
    assert 6_000 < int(first[0]) < 8_000


def test_a_program_that_works_for_long_but_calls_the_chip_is_left_alone():
    source = (
        "import time\nfor second in range(60):\n    for _ in range(20_000):\n        pass\n"
        "    time.ticks_us()\n    time.sleep(1)\nprint('done')"
    )
    assert run_main(source, seconds=65) == ["done"]


HOARDER = """
import asyncio, gc
hoard = []
async def main():
    while True:
        hoard.append(bytes(1000))
        await asyncio.sleep_ms(10)
print("start")
asyncio.run(main())
"""


def test_a_live_heap_that_passes_the_boards_ends_the_program():
    bench = BoardBench({"main.py": HOARDER}, heap_bytes=100_000)
    shown = bench.run(2)
    assert bench.reports[1] == "the live heap has passed the board's 100000 bytes: MemoryError"
    assert bench.chip.resets["MemoryError"] == 1
    assert shown.count("start") == 2
    assert shown.count("MemoryError:") == 1
    assert bench.chip.heap.high_water > 100_000


def test_garbage_does_not_end_it():
    source = HOARDER.replace("hoard.append(bytes(1000))", "bytes(1000)").replace(
        "asyncio.run", "print(gc.mem_free() // 10_000)\nasyncio.run"
    )
    bench = BoardBench({"main.py": source}, heap_bytes=100_000)
    assert printed(bench.run(20)) == ["start", "9"]
    assert not bench.chip.resets
    assert 0 < bench.chip.heap.high_water < 10_000


def test_a_collection_counts_at_once_and_frees_nothing_in_use():
    """A key function runs below C code, whose objects the VM's collector does not see."""
    source = """
import asyncio, gc
def key(number):
    gc.collect()
    sums.add((gc.mem_alloc() + gc.mem_free()) // 1000)
    return bytes([200 - number]) * 100
sums = set()
gc.collect()
before = gc.mem_alloc()
for _ in range(100):
    bytes(1000)
kept = bytes(5000)
print(gc.mem_alloc() - before > 100_000)
gc.collect()
print(5000 <= gc.mem_alloc() - before < 6000)
print(sorted(range(100, 104), key=key), sums)
open("/garbage", "w").write("closed")
gc.collect()
async def main():
    for _ in range(100):
        await asyncio.sleep_ms(1)
asyncio.run(main())
print(open("/garbage").read())
"""
    bench = BoardBench({"main.py": source}, heap_bytes=200_000)
    assert printed(bench.run(20)) == ["True", "True", "[103, 102, 101, 100] {199}", "closed"]


def test_a_program_that_never_waits_is_stopped_past_a_limit(monkeypatch):
    monkeypatch.setattr(machine, "GARBAGE_LIMIT", 4 << 20)
    with pytest.raises(GarbageError, match="grown to 4 MiB") as error:
        run_main("while True:\n    bytes(1000)")
    assert "await asyncio.sleep_ms" in error.value.hint


def test_a_brown_out_resets_the_chip_alone():
    source = f"{RESET_CAUSES}machine.RTC().memory(b'kept')\nimport time\ntime.sleep(100)"
    bench = BoardBench({"main.py": source})
    bench.queue.after(1_000_000, bench.chip.brown_out)
    shown = bench.run(2)
    assert "Brownout detector was triggered\r\n" in shown
    assert "1 b''" in shown and "1 b'kept'" in shown


def test_a_power_cut_lasts_and_takes_the_rtc_memory():
    source = f"{RESET_CAUSES}machine.RTC().memory(b'kept')\nimport time\ntime.sleep(100)"
    bench = BoardBench({"main.py": source})
    power = []
    bench.chip.on_power = lambda on: power.append((on, bench.queue.now_us))
    bench.queue.after(1_000_000, lambda: bench.chip.cut_power(3_000_000))
    shown = bench.run(6)
    assert shown.count("1 b''") == 2
    assert power == [(False, 1_000_000), (True, 4_000_000)]
    assert bench.reports[1] == "power is cut for 3 s"


@pytest.mark.parametrize("ppm", [-50, 0, 50])
def test_what_the_chip_measures_is_off_by_its_crystal(ppm):
    source = (
        "import time\nfrom machine import RTC, Timer\nstart, clock = time.ticks_ms(), time.time()\n"
        "Timer(0, period=20_000_000, mode=Timer.ONE_SHOT, callback=lambda _: print('timer'))\n"
        "time.sleep(20_000)\nprint((time.ticks_ms() - start) // 1000 + time.time() - clock)"
    )
    bench = BoardBench({"main.py": source}, crystal_ppm=ppm)
    seen = {}
    bench.chip.console.listeners.append(lambda data: seen.setdefault(data, bench.queue.now_us))
    bench.run(20_100)
    at = {text.strip(): us for text, us in seen.items()}
    true_us = 20_000_000_000 / (1 + ppm / 1e6)
    assert at[b"timer"] == pytest.approx(true_us, abs=30_000)
    assert at[b"40000"] == pytest.approx(true_us, abs=30_000)


def test_the_watchdog_pauses_in_light_sleep():
    source = (
        "import machine, time\nif machine.reset_cause() == 3:\n    time.sleep(100)\n"
        "machine.WDT(timeout=2000)\nmachine.lightsleep(10_000)\nprint('slept')\ntime.sleep(100)"
    )
    bench = BoardBench({"main.py": source})
    happened = []
    bench.chip.on_reset = lambda: happened.append(bench.queue.now_us // 10_000)
    assert "slept" in bench.run(15)
    assert happened[0] == 1200
