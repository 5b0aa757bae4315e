"""The configuration in the MicroPython VM of a simulated chip: its NVS, its flash, its memory."""

import random

import pytest

from host_tools.boards import load_board
from host_tools.build.firmware_files import board_module, path_on_node, source_path
from host_tools.mpy import compile_module
from host_tools.simulator.flash_faults import FlashFaults
from tests.host_tools.board_bench import BoardBench, printed

MODULES = [
    *("firmware", "firmware.configuration", "firmware.kept", "firmware.rules", "firmware.trial"),
    *("protocols", "protocols.cbor_decoder", "protocols.cbor_encoder", "protocols.cbor_values"),
    *("protocols.cbor_writer", "firmware.configuration_check", "protocols.errors"),
    *("protocols.report", "protocols.report.encoder", "protocols.report.layout"),
    *("firmware.schedule", "firmware.schedule.plan", "firmware.schedule.rules", "firmware.schedule.sun"),
]
BOOT = """
import asyncio
import gc
import sys
import board
from firmware.configuration import KEYS, LONGEST, Configuration
from firmware.kept import NvsBlob

class Provisioned:
    host, port, report_s = "collector", 5683, None

def tell(version, text):
    print("told", version, text)

configuration = Configuration(board, Provisioned, [NvsBlob(key, LONGEST) for key in KEYS], tell, print)
"""
LIFE = """
wanted = [
    (1, {"report_s": 30, "place": [480, 225431, 1140579]}),
    (2, {"report_s": 0}),
    (3, {"server": ["nobody", 5683]}),
    (4, {"server": ["other", 5683], "rules": {"voltage": {"step": 10}}}),
]
for version, settings in wanted:
    for exchange in range(4):
        if configuration.server[0] != "nobody":
            configuration.take(version, settings if configuration.version != version else None)
        configuration.poll(700 * exchange)
    print("uses", configuration.version, configuration.report_s, configuration.server)
print("rules", configuration.rules.get([point[0] for point in board.POINTS].index("voltage"))[1])
"""
MEMORY = """
PLAN = [0, [[127, 40, 0, 1380, 0, 300]], []]
SETTINGS = {"place": [480, 225431, 1140579], "plans": {"lamp": PLAN}, "report_s": 30}

async def lowest():
    found = gc.mem_alloc()
    for _ in range(200):  # every so many waits the simulator collects garbage
        await asyncio.sleep_ms(1)
        found = min(found, gc.mem_alloc())
    return found

def used():
    return asyncio.run(lowest())

def change(first):
    for version in range(first, first + 20):
        configuration.take(version, SETTINGS)
        configuration.take(version, None)
    return used()

before = change(1)
modules = sys.modules.copy()
print("grew", change(21) - before, sys.modules == modules, "firmware.trial" in modules)
"""
EXPECTED = [
    "uses 1 30 ('collector', 5683)",
    "uses 1 30 ('collector', 5683)",
    "uses 1 30 ('collector', 5683)",
    "uses 4 60 ('other', 5683)",
]
TOLD = ["told 2 report_s is not 1 to 86400", "told 3 no answer from the server"]


def board(program):
    files = {"lib/board.py": board_module(load_board("smart_pole"))}
    for module in MODULES:
        name = path_on_node(module)
        files["lib/" + name.removesuffix(".py") + ".mpy"] = compile_module(source_path(module), name)
    return BoardBench({"main.py": BOOT + program, **files})


def lines(console, word):
    return [line for line in printed(console) if line.startswith(word)]


def test_a_life():
    console = board(LIFE).run(5)
    assert lines(console, "uses") == EXPECTED and lines(console, "told") == TOLD
    assert lines(console, "rules") == ["rules 10"]


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_power_cuts_at_every_operation_of_the_flash(fraction):
    """The program begins again with the first version that the server wants, and ends as without a cut."""
    operation, cut = 0, True
    while cut:
        operation += 1
        bench = board(LIFE)
        FlashFaults(bench.flash, random.Random(operation)).cut_after(operation, fraction)
        boots = bench.run(9).split("ESP-ROM:")[1:]
        cut = len(boots) == 2
        assert lines(boots[-1], "uses")[-1] == EXPECTED[-1], operation
        assert set(TOLD) <= {line for boot in boots for line in lines(boot, "told")}
    assert operation > 10


def test_what_is_needed_rarely_does_not_stay_in_memory():
    ((_, growth, *modules),) = [line.split() for line in lines(board(MEMORY).run(5), "grew")]
    assert int(growth) < 2000 and modules == ["True", "False"]  # the code alone is thrice that
