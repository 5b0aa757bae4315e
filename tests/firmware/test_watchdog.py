"""The watchdog of a node: it bites what hangs, and no one who works at the console."""

import os
import time

import pytest

from host_tools.build.firmware_files import source_path
from host_tools.mpy import compile_module
from tests.firmware.life_bench import LifeBench, files
from tests.host_tools.mpremote_bench import mpremote, serve

TIMEOUT_S = 120
CTRL_C = b"\x03"
HANGS = """
import asyncio, machine, time
async def main(safe):
    if machine.reset_cause() == machine.WDT_RESET:
        return
    await asyncio.sleep(5)
    {loop}
"""
LOOPS = """
import asyncio
from firmware import crash
from firmware.loop_watch import LoopWatch

async def loop(name, rounds):
    for _ in range(rounds):
        await asyncio.sleep(30)
        dog.alive(name)

async def main(safe):
    global dog
    words = crash._words.load()
    print("node:", words)
    dog = LoopWatch({"report": 60, "uplink": 300}, crash.note)
    await asyncio.gather(dog.run(), loop("report", REPORTS), loop("uplink", 1000))
"""
PATIENT = """
import asyncio
async def main(safe):
    await asyncio.sleep(1000)
"""

# In place of machine.WDT, which a chip is done with before the next Ctrl-C comes.
USUAL = ""
SLOW = """
import machine, time
real = machine.WDT
def slow(timeout):
    time.sleep_ms(5)
    return real(timeout=timeout)
machine.WDT = slow
"""
UNDER_WAY = """
import machine
real = machine.WDT
def interrupted(timeout):
    machine.WDT = real
    raise KeyboardInterrupt
machine.WDT = interrupted
"""


@pytest.mark.parametrize("loop", ["while True: pass", "while True: time.sleep_ms(100)"])
def test_a_loop_without_end_is_reset(loop):
    bench = LifeBench(HANGS.format(loop=loop))
    bench.run(400)
    ((cause, at_s),) = bench.resets_s
    assert cause == "watchdog" and TIMEOUT_S <= at_s < TIMEOUT_S + 1


def test_a_dead_loop_is_reset_and_named():
    bench = LifeBench(LOOPS.replace("REPORTS", "4"))
    shown = bench.run(400)
    ((cause, at_s),) = bench.resets_s
    assert cause == "watchdog"
    # Silent since 120 s; noticed once that is more than 60 s, in rounds of 10; fed a round before that.
    assert at_s == pytest.approx(120 + 60 + TIMEOUT_S, abs=12)
    assert "watchdog: the loop report is dead" in shown


def test_living_loops_are_left_alone():
    bench = LifeBench(LOOPS.replace("REPORTS", "1000"))
    bench.run(3 * 3600)
    assert not bench.resets_s


def test_a_deadline_can_be_changed():
    node = LOOPS.replace("REPORTS", "4").replace(
        "    await asyncio.gather", "    dog.deadlines_s['report'] = 9000\n    await asyncio.gather"
    )
    bench = LifeBench(node)
    bench.run(3600)
    assert not bench.resets_s


@pytest.mark.parametrize("watchdog", [USUAL, SLOW, UNDER_WAY])
def test_somebody_at_the_console_is_left_alone(watchdog):
    """However often, and however close behind the first, Ctrl-C is pressed."""
    bench = LifeBench(watchdog + PATIENT)
    for second in (50, 50.002, 50.004):
        bench.type_at(second, CTRL_C)
    bench.type_at(51, b"import time\r")
    bench.type_at(52, b"time.sleep(2000)\r")
    bench.type_at(3000, b"6 * 7\r")
    shown = bench.run(10_000)
    assert not bench.resets_s
    assert shown.endswith("42\r\n>>> ")


def test_a_node_that_is_not_provisioned_waits_at_the_prompt():
    bench = LifeBench("async def main(safe):\n    print('node: not provisioned')\n")
    assert bench.run(86_400).endswith(">>> ")
    assert not bench.resets_s


def test_a_soft_reset_arms_it_again():
    bench = LifeBench(HANGS.format(loop="time.sleep(100000)"))
    bench.type_at(2, CTRL_C)
    bench.type_at(1000, b"\x04")
    bench.run(1300)
    assert [cause for cause, _ in bench.resets_s] == ["watchdog"]
    assert bench.resets_s[0][1] == pytest.approx(1000 + TIMEOUT_S, abs=1)


@pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals, which are faster")
def test_a_session_with_mpremote_lasts_longer_than_the_time_out(tmp_path):
    source = tmp_path / "watchdog.py"
    text = source_path("firmware.watchdog").read_text()
    source.write_text(
        text.replace("TIMEOUT_MS = 120_000", "TIMEOUT_MS = 1500").replace("ROUND_S = 10", "ROUND_S = 1")
    )
    node = LOOPS.replace("REPORTS", "1000").replace('"report": 60', '"report": 600')
    content = files(node)
    content["lib/firmware/watchdog.mpy"] = compile_module(source, "firmware/watchdog.py")
    content = {name: data.encode() if isinstance(data, str) else data for name, data in content.items()}
    board = serve(content)
    try:
        time.sleep(4)  # the node feeds it meanwhile
        resets = board.simulated.chip.resets
        assert not resets
        assert mpremote(board, "exec", "import time; time.sleep(4); x = 6 * 7; print(x)") == "42\n"
        time.sleep(2)
        assert mpremote(board, "resume", "eval", "x") == "42\n"
        assert not resets
        mpremote(board, "resume", "exec", "import machine; machine.WDT(timeout=1500); time.sleep(0.1)")
        time.sleep(3)
        assert resets["watchdog"] == 1  # it would have bitten
    finally:
        board.close()
