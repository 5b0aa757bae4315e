"""A node that crashes again and again can still be asked and told, and finds back by itself."""

import pytest

from firmware.outbox.sequence_numbers import STEP
from host_tools.boards import load_board
from host_tools.build.firmware_files import path_on_node, source_path
from host_tools.collector.commands import queue_command
from host_tools.collector.configuration import State, set_settings, status
from host_tools.collector.payload import Status
from host_tools.mpy import compile_text
from host_tools.simulator.flash import SECTOR
from host_tools.simulator.simulation import SERVER, load_flash
from protocols.message_numbers import CRASH
from tests.firmware.pole_bench import PoleBench, with_application
from tests.firmware.sleeper_bench import HOUR_S, sleeper

LOOP = 4  # early crashes in a row
SAFE = "in SAFE MODE"

CRASHES = """
import asyncio
from esp32 import NVS

class Application:
    commands = {}

    def __init__(self, parts, record):
        self.lamp = parts["lamp"]

    async def run(self):
        self.lamp.set(10)
        await asyncio.sleep(20)
        if NVS("citynode").get_i32("boots") <= LIVES:
            ENDS
"""
# In place of firmware/reporter.py, which every wake of a sleeping node needs.
NO_REPORTER = """
from esp32 import NVS
from firmware import crash

class Rules:
    pass

class Reporter:
    rules = Rules()

    def __init__(self, parts, recorder, log):
        if crash.total("crashes") < 4:
            raise ValueError("cannot report")

    async def round(self, now_s, is_due):
        pass
"""
# In place of firmware/water_level.py: a part that is broken for as many of the node's wakes.
BROKEN_GAUGE = """
import machine
from firmware import crash

class WaterGauge:
    def __init__(self, **declared):
        if machine.reset_cause() == machine.DEEPSLEEP_RESET and crash.total("crashes") < CRASHES:
            raise ValueError("broken in a wake")

    def configure(self, **settings):
        pass

    async def read(self):
        return {}
"""


def pole(folder, ends, lives=LOOP):
    source = CRASHES.replace("LIVES", str(lives)).replace("ENDS", ends)
    return PoleBench(folder, files=with_application(source))


def replace_module(bench, name, source):
    flash = bench.simulated.flash
    for sector in range(16, flash.size // SECTOR):
        flash.erase(sector * SECTOR, SECTOR)
    path = path_on_node(name).removesuffix(".py") + ".mpy"
    load_flash(bench.simulated, None, {"/lib/" + path: compile_text(source, source_path(name).name)})


def command(bench, time_s, *words):
    """A node in safe mode reports nothing, so that it has to be knocked at."""
    bench.command(time_s, *words)
    bench.at(time_s, lambda: bench._internet.knock(SERVER, bench.collector.knocks))


def crashes(bench):
    return [event.data[0] for event in bench.store.events(bench.node) if event.code == CRASH]


@pytest.mark.parametrize(
    ("ends", "text", "safe_s"),
    [("1 / 0", "ZeroDivisionError", 300), ("while True: pass", "watchdog: the program was stuck", 800)],
    ids=["raises", "hangs"],
)
def test_four_early_crashes_lead_into_safe_mode(tmp_path, ends, text, safe_s):
    bench = pole(tmp_path, ends)
    levels = []
    bench.at(safe_s + 60, lambda: levels.append(bench.board.world.lamp_level))
    command(bench, safe_s + 100, "lamp", 30)
    bench.at(safe_s + 400, lambda: levels.append(bench.board.world.lamp_level))
    bench.at(safe_s + 500, lambda: set_settings(bench.store, bench.node, {"report_s": 120}))
    command(bench, safe_s + 501, "lamp", "auto")
    states = []
    bench.at(safe_s + 800, lambda: states.append(status(bench.store, bench.node).state))
    known = []
    bench.at(safe_s + 3400, lambda: known.append(len(bench.reports)))
    bench.run(safe_s + 3600 + 1200)
    assert bench.console.count(SAFE) == 1
    assert levels == [1.0, pytest.approx(0.3, abs=0.001)]
    assert bench.result(1).status is Status.DONE
    assert len(crashes(bench)) == LOOP and all(text in told for told in crashes(bench))
    starts = {number // STEP for number in bench.numbers()}  # fails if any is there twice
    assert len(starts) >= LOOP
    assert len(bench.reports) > known[0] + 5  # normal life
    assert states == [State.IN_FORCE]


def test_a_node_in_safe_mode_says_how_it_is(tmp_path):
    bench = pole(tmp_path, "1 / 0")
    health = []
    bench.collector.on_health.append(health.append)
    bench.run(600)
    assert SAFE in bench.console
    newest = health[-1].points
    assert (newest["boots"], newest["crashes"]) == (LOOP + 1, LOOP)


def test_a_crash_right_after_safe_mode_leads_back(tmp_path):
    bench = pole(tmp_path, "1 / 0", lives=LOOP + 2)
    bench.run(300 + 3600 + 300)
    assert bench.console.count(SAFE) == 2
    assert len(crashes(bench)) == LOOP + 1


def test_a_sleeping_product_in_safe_mode():
    with sleeper("water_level") as bench:
        replace_module(bench, "firmware.reporter", NO_REPORTER)
        queue_command(bench.store, bench.node, "nonsense", [], 10 * HOUR_S, bench.unix_time)
        settings = {"sample_s": 1800, "report_s": 1800}
        set_settings(bench.store, bench.node, settings)
        seen = []
        bench.at(1200, lambda: seen.append(bench.console.count(SAFE)))
        bench.at(1200, lambda: seen.append(bench.store.result(1)))
        bench.at(1200, lambda: seen.append(status(bench.store, bench.node).state))
        bench.run(2.5)
        assert seen[0] == 1 and seen[1].status is Status.UNKNOWN_COMMAND and seen[2] is State.IN_FORCE
        told = [event.data[0] for event in bench.events if event.code == CRASH]
        assert len(told) == 1 and "cannot report" in told[0]  # the last: nothing was stored in between
        assert bench.health[-1].points["crashes"] == LOOP
        assert bench.console.count(SAFE) == 2  # and once more as it wakes, to leave it
        assert bench.simulated.chip.resets["software"] >= LOOP
        assert len(bench.wakes) >= 2  # normal life: it sleeps and wakes


def test_a_sleeping_product_that_crashes_in_its_wakes():
    """Its starts go well.  It can be helped, comes back by itself, and its cell lasts meanwhile."""
    crashed = LOOP + 2
    with sleeper("water_level") as bench:
        replace_module(bench, "firmware.water_level", BROKEN_GAUGE.replace("CRASHES", str(crashed)))
        set_settings(bench.store, bench.node, {"sample_s": 60, "report_s": 600})
        drawn, answered = [], []
        bench.at(
            HOUR_S + 520,
            lambda: queue_command(bench.store, bench.node, "nonsense", [], HOUR_S, bench.unix_time),
        )
        bench.at(HOUR_S + 700, lambda: answered.append(bench.store.result(1)))
        for hour in (1, 3):
            bench.at(hour * HOUR_S, lambda: drawn.append(sum(bench.account.drawn_mah().values())))
        bench.run(3.6)
        assert bench.console.count(SAFE) == 2 * (
            crashed - LOOP + 1
        )  # and once more each, as it wakes to leave
        assert answered[0].status is Status.UNKNOWN_COMMAND
        told = [event.data[0] for event in bench.events if event.code == CRASH]
        assert len(told) == crashed and all("broken in a wake" in text for text in told)
        loop = [turn for turn in bench.turns if HOUR_S < turn < 3 * HOUR_S]
        assert len(loop) <= 5 and drawn[1] - drawn[0] < 1.2  # mAh in two hours: years of its cell
        assert bench.now_s - bench.wakes[-1] < 70  # normal life


def test_products_with_outputs_name_their_safe_level():
    for product in ("smart_pole", "lighting_controller"):
        assert all(output.safe == 100 for output in load_board(product).outputs.values())
