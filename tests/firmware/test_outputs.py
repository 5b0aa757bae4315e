"""The outputs on the simulated chip: the node's own code, drivers and parts, at times that a test tells."""

import ast
import json
from datetime import date
from pathlib import Path

import pytest

from firmware.commands import Commands
from firmware.outputs import LOST_S, USAGE
from host_tools.boards import load_board
from host_tools.build.bundle import build
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from protocols.message_numbers import BAD_ARGUMENT, DONE

VECTORS = Path(__file__).parent.parent / "vectors"
DAY_S = 86400
SHENZHEN = [480, 225431, 1140579]
SUN_S = 30  # by which two that compute the sun's times may differ, and by which whole minutes are rounded
SEEN_S = 10  # how often a test looks at the lamp

# From sunset to sunrise, at 40 % from 23:00 to 5:00.
NIGHT = [0, [[127, 40, 0, 1380, 0, 300], [127, 100, 2, 0, 1, 0]], []]
EVENING = (2271 * 24 + 11) * 3600  # 2026-03-21 19:00 in Shenzhen
SET_UP = """
import asyncio, sys
import board
import machine
from firmware.hardware import Hardware
from firmware.kept import RtcSlot
from firmware.outputs import Outputs
from firmware.rtc import Rtc

parts = Hardware(board.PARTS).parts

def made(place=PLACE, plans={NAME: PLAN}, safe={}):
    return Outputs(board.OUTPUTS, parts, place, plans, safe, RtcSlot(88, 40), lambda text: None)

def level():
    return parts["lamp"].level_percent

def command(outputs, now, *arguments):
    try:
        return outputs.commands(lambda: now)["lamp"][0](*arguments)
    except ValueError as error:
        return str(error)
"""


def start(program, product="smart_pole", place=SHENZHEN, plan=NIGHT):
    """A board that runs the program, off yet, and what it is going to print as tuples."""
    board_file = load_board(product)
    constants = {"PLACE": place, "PLAN": plan, "NAME": next(iter(board_file.outputs)), "NOW": EVENING}
    text = "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + SET_UP + program
    queue = EventQueue()
    board = SimulatedBoard(board_file, queue, VirtualInternet(queue), BoardOptions(seed=1))
    for part in build(board_file, use_stand_in=True, extra_files={"/main.py": text.encode()}).parts:
        board.flash.program(part.offset, part.data)
    console = bytearray()
    board.chip.console.listeners.append(console.extend)
    return board, console


def printed(console):
    text = console.decode()
    assert "Traceback" not in text, text
    return [ast.literal_eval(line) for line in text.splitlines() if line.startswith("(")]


def run(program, seconds=20, **options):
    board, console = start(program, **options)
    board.queue.at(seconds * 1_000_000, board.power_off)
    board.run()
    return printed(console)


A_DAY = """
Rtc().write(MIDNIGHT)
print(("begins",))
outputs = made()

def changed():
    print((Rtc().read() - MIDNIGHT, level()))

asyncio.run(outputs.run(Rtc().read, lambda: 0, changed))
"""


def vector_days():
    """(place, date, sunrise and sunset in seconds of the local day): computed by others."""
    shenzhen = json.loads((VECTORS / "sun_shenzhen.json").read_text())
    row = next(row for row in shenzhen["rows"] if row[0] == "2027-01-01")
    yield SHENZHEN, row[0], row[1] + 28800, row[2] + 28800
    hong_kong = json.loads((VECTORS / "sun_hko.json").read_text())
    place = [hong_kong["zone"], hong_kong["latitude"], hong_kong["longitude"]]
    day, *times = next(row for row in hong_kong["rows"] if row[0] == "2026-02-17")
    yield place, day, *(3600 * int(time[:2]) + 60 * int(time[2:]) for time in times)


@pytest.mark.parametrize(("place", "day", "sunrise", "sunset"), list(vector_days()))
def test_a_day_by_the_sun(place, day, sunrise, sunset):
    """What the node says, and what the lamp does."""
    midnight = (date.fromisoformat(day) - date(2020, 1, 1)).days * DAY_S - 60 * place[0]
    board, console = start(f"MIDNIGHT = {midnight}\n" + A_DAY, place=place)
    seen = []

    def look():
        lamp = round(100 * board.world.lamp_level)
        if b"begins" in console and (not seen or lamp != seen[-1][1]):
            seen.append((board.queue.now_us // 1_000_000, lamp))
        board.queue.after(SEEN_S * 1_000_000, look)

    look()
    board.queue.at((DAY_S - 600) * 1_000_000, board.power_off)
    board.run()
    expected = [(0, 40), (5 * 3600, 100), (sunrise, 0), (sunset, 100), (23 * 3600, 40)]
    said = printed(console)[1:]
    for found, late_s in ((said, 1), (seen, SEEN_S + 10)):
        assert [lamp for _, lamp in found] == [lamp for _, lamp in expected]
        for (time, _), (right, _) in zip(found, expected, strict=True):
            is_the_sun_s = right in (sunrise, sunset)
            assert -SUN_S * is_the_sun_s <= time - right <= SUN_S * is_the_sun_s + late_s, (time, right)


def test_safe_before_anything_else_and_while_the_time_is_not_known():
    program = """
outputs = made()
print((level(), outputs.apply(None, 0), level(), outputs.seconds_to_change(None)))
print((outputs.apply(NOW - 7 * 3600, 0), level(), outputs.apply(NOW - 7 * 3600, 0)))
print((outputs.apply(None, 0), level()))
parts["lamp"].set(0)
made(safe={"lamp": 70})
print((level(),))
"""
    assert run(program) == [(100, False, 100, DAY_S), (True, 0, False), (True, 100), (70,)]


@pytest.mark.parametrize("missing", ["place=None", "plans={}"])
def test_without_place_or_plan(missing):
    """It keeps its safe level, but for commands, and needs no memory for the sun."""
    program = f"""
outputs = made({missing}, safe={{"lamp": 70}})
print((outputs.apply(NOW, 0), level(), outputs.seconds_to_change(NOW)))
print((command(outputs, NOW, 30), level(), outputs.seconds_to_change(NOW)))
outputs.apply(NOW + 86400, 0)
print((level(),))
print(("firmware.schedule.plan" in sys.modules, "firmware.schedule.sun" in sys.modules))
"""
    assert run(program) == [(False, 70, DAY_S), ("30 %", 30, DAY_S), (70,), (False, False)]


def test_a_kept_plan_needs_no_code_that_checks():
    assert run('made()\nprint(("firmware.schedule.rules" in sys.modules,))') == [(False,)]


def test_a_board_without_outputs():
    program = """
outputs = Outputs({}, parts, PLACE, {}, {}, RtcSlot(88, 40), print)
print((outputs.apply(NOW, 0), outputs.seconds_to_change(NOW), outputs.commands(None)))
"""
    assert run(program) == [(False, DAY_S, {})]


def test_commands():
    program = """
outputs = made()
outputs.apply(NOW, 0)
print((level(), outputs.seconds_to_change(NOW)))
print((command(outputs, NOW, 60), level(), outputs.seconds_to_change(NOW)))
print((outputs.apply(NOW + 4 * 3600 - 1, 0), level(), outputs.apply(NOW + 4 * 3600, 0), level()))
print((command(outputs, NOW, 0, 30), level(), outputs.seconds_to_change(NOW)))
print((outputs.apply(NOW + 1799, 0), level(), outputs.apply(NOW + 1800, 0), level()))
print((command(outputs, NOW, 5, 30), command(outputs, NOW, "auto"), level()))
for wrong in (101, -1, "full", True, None, 50.0):
    print((command(outputs, NOW, wrong), level()))
for wrong in (("auto", 30), (50, 0), (50, 10081), (50, "x")):
    print((command(outputs, NOW, *wrong), level()))
"""
    lines = run(program)
    assert lines[:6] == [
        (100, 4 * 3600),
        ("60 %", 60, 4 * 3600),
        (False, 60, True, 40),
        ("0 % for 30 min", 0, 1800),
        (False, 0, True, 100),
        ("5 % for 30 min", "plan: 100 %", 100),
    ]
    levels = ("101", "-1", "full", "True", "None", "50.0", "auto")
    refusals = [f"level {level} is not 0 to 100" for level in levels]
    refusals += [f"minutes {minutes} is not 1 to 10080" for minutes in ("0", "10081", "x")]
    assert lines[6:] == [(refusal, 100) for refusal in refusals]


def test_a_new_plan_at_run_time():
    """It counts at once, but a command is not forgotten for it."""
    program = """
outputs = made()
outputs.apply(NOW, 0)
outputs.configure(PLACE, {"lamp": [35, [], []]}, {})
print((level(), outputs.apply(NOW, 0), level()))
command(outputs, NOW, 20, 30)
outputs.configure(PLACE, {"lamp": [45, [], []]}, {"lamp": 80})
print((outputs.apply(NOW, 0), level()))
print((outputs.apply(NOW + 1800, 0), level(), outputs.apply(None, 0), level()))
"""
    assert run(program) == [(100, True, 35), (False, 20), (True, 45, True, 80)]


def test_a_clock_that_jumps():
    """Into the next day: the plan is right at once, and half an hour stays half an hour."""
    program = """
outputs = made()
outputs.apply(NOW, 0)
print((level(), outputs.apply(NOW + 17 * 3600, 0), level()))
outputs.apply(NOW, 0)
command(outputs, NOW, 10, 30)
outputs.clock_jumped(NOW + 600, NOW + 17 * 3600)
print((outputs.apply(NOW + 17 * 3600 + 1199, 0), level(), outputs.apply(NOW + 17 * 3600 + 1200, 0), level()))
"""
    assert run(program) == [(100, True, 0), (False, 10, True, 0)]


def test_a_server_that_is_silent_for_a_day():
    program = f"""
outputs = made()
command(outputs, NOW, 10, 10080)
print((outputs.apply(NOW + {LOST_S}, {LOST_S - 1}), level()))
print((outputs.apply(NOW + {LOST_S}, {LOST_S}), level(), outputs.apply(NOW + {LOST_S}, 0)))
"""
    assert run(program) == [(False, 10), (True, 100, False)]


def test_a_command_outlives_a_reset_and_no_loss_of_power():
    program = """
outputs = made()
at_first = level()
outputs.apply(NOW + 60, 0)
print((machine.reset_cause() == machine.PWRON_RESET, at_first, level()))
if level() == 100:
    command(outputs, NOW, 20, 60)
    machine.reset()
"""
    board, console = start(program)
    board.queue.at(10_000_000, lambda: board.chip.cut_power(1_000_000))
    board.queue.at(20_000_000, board.power_off)
    board.run()
    assert printed(console) == [(True, 100, 100), (False, 100, 20)] * 2


CABINET = """
def show():
    reading = asyncio.run(parts["contactor"].read())
    print(tuple([reading["is_" + name] for name in ("on", "closed", "welded", "stuck_open")]))

outputs = made()
show()
print((outputs.apply(NOW - 7 * 3600, 0),))
show()
print((outputs.commands(lambda: NOW)["street"][0](1),))
show()
"""


def test_a_contactor_and_its_feedback():
    """One percent is on.  It follows the plan, and says so; then its coil breaks, and it says that."""
    closed, open_ = (1, 1, 0, 0), (0, 0, 0, 0)
    assert run(CABINET, product="lighting_controller") == [closed, (True,), open_, ("1 %",), closed]

    board, console = start(CABINET, product="lighting_controller")
    board.parts["contactor"].coil_open = True
    board.queue.at(20_000_000, board.power_off)
    board.run()
    stuck_open = (1, 0, 0, 1)
    assert printed(console) == [stuck_open, (True,), open_, ("1 %",), stuck_open]


class Bench:
    """What Commands needs: an outbox, a clock, NVS."""

    def __init__(self):
        self.results = []
        self.set_i32 = lambda key, value: None

    def add_result(self, _, status, detail):
        self.results.append((status, detail))

    def now(self):
        return EVENING

    def get_i32(self, _):
        return 0

    def commit(self):
        pass


def test_arguments_that_may_be_left_out():
    bench = Bench()
    handlers = {"lamp": (lambda *arguments: repr(arguments), USAGE)}
    commands = Commands(handlers, bench, bench, bench, lambda text: None)
    for number, arguments in enumerate(([], [60], [60, 5], [60, 5, 1])):
        commands.receive([[number + 1, EVENING, "lamp", arguments]])
    usage = (BAD_ARGUMENT, "usage: lamp PERCENT|auto [MINUTES]")
    assert bench.results == [usage, (DONE, "(60,)"), (DONE, "(60, 5)"), usage]
