"""What a node knows of active alarms survives a loss of power: the server hears of each beginning and end."""

import random
import struct

import pytest

from host_tools.boards import load_board
from host_tools.build.firmware_files import board_constants
from host_tools.provisioning.identity import NVS_NAMESPACE
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.simulation import START_UNIX, nvs_of, stage
from protocols.message_numbers import ALARM, FAULT, SILENT, WORKS
from tests.firmware.sleeper_bench import HOUR_S, sleeper
from tests.soak_node import SURGE_V

SAMPLE_S = 10
BEGINS_S, CUT_S, BACK_S, END_S = 60, 90, 150, 220
LONG_US = 120_000_000  # longer than it takes a float to be believed
FRACTIONS = (0.0, 0.25, 0.75, 1.0)


def pole():
    """One that looks often and says little."""
    product = load_board("smart_pole").model_copy(update={"sample_s": SAMPLE_S, "report_s": 3600})
    return stage(product, BoardOptions(start_unix=START_UNIX))


def at(made, time_s, action):
    made.queue.at(round(time_s * 1e6), action)


def surge(made, volts=SURGE_V):
    made.simulated.world.mains_offset_v = volts


def cut(made):
    at(made, CUT_S, lambda: made.simulated.chip.cut_power((BACK_S - CUT_S) * 1_000_000))


def told(made, name, code=ALARM):
    """(seconds since power-on, state) of the events about it, in the order in which the node stored them."""
    events = sorted((event.seq, event) for event in made.store.events(made.node) if event.code == code)
    return [(event.time - START_UNIX, event.data[1]) for _, event in events if event.data[0] == name]


def states(made, name, code=ALARM):
    return [state for _, state in told(made, name, code)]


def test_an_alarm_that_is_over_when_power_is_back():
    with pole() as made:
        silent = made.simulated.parts["noise"].faults
        silent.silent = True
        at(made, BEGINS_S, lambda: surge(made))
        cut(made)
        at(made, CUT_S + 1, lambda: surge(made, 0))
        at(made, CUT_S + 1, lambda: setattr(silent, "silent", False))
        made.play(END_S)
        assert states(made, "voltage") == [1, 0]
        assert BACK_S <= told(made, "voltage")[1][0] < BACK_S + SAMPLE_S  # by its first sample
        assert states(made, "noise", FAULT) == [SILENT, WORKS]


def test_an_alarm_that_lasts_is_told_once():
    with pole() as made:
        made.simulated.parts["noise"].faults.silent = True
        at(made, BEGINS_S, lambda: surge(made))
        cut(made)
        at(made, BACK_S + 40, lambda: surge(made, 0))
        made.play(END_S)
        assert states(made, "voltage") == [1, 0]
        assert told(made, "voltage")[1][0] >= BACK_S + 40
        assert states(made, "noise", FAULT) == [SILENT]


@pytest.mark.parametrize(("more", "found"), [(0, [0]), (1, [])], ids=["its own", "another's"])
def test_what_firmware_with_other_points_knew_is_dropped(more, found):
    with pole() as made:
        board = board_constants(made.simulated.board)
        row = [point[0] for point in board["POINTS"]].index("voltage")
        known = struct.pack("<iH", board["SCHEMA_ID"] + more, row << 3)
        nvs_of(made.simulated).put(NVS_NAMESPACE, "told", known)
        made.play(40)
        assert states(made, "voltage") == found


@pytest.mark.parametrize(("operation", "lasts"), [(2, False), (4, True), (6, False), (8, True)])
def test_a_cut_while_an_alarm_begins(operation, lasts):
    with pole() as made:
        at(made, BEGINS_S, lambda: surge(made))
        assert_is_told(made, "voltage", operation, lasts, BEGINS_S, lambda: surge(made, 0))


@pytest.mark.parametrize(("operation", "lasts"), [(2, True), (4, False), (6, True), (8, False)])
def test_a_cut_while_a_node_that_sleeps_tells_an_alarm(operation, lasts):
    with sleeper() as made:
        begins_s = HOUR_S + 60
        at(made, begins_s, lambda: made.world.water.force(500))
        assert_is_told(made, "flooded", operation, lasts, begins_s, lambda: made.world.water.force(0))


def assert_is_told(made, name, operation, lasts, begins_s, end):
    """With a long cut at that flash operation from the beginning of the alarm on."""
    chip = made.simulated.chip
    faults = FlashFaults(made.simulated.flash, random.Random(operation))
    at(made, begins_s, lambda: faults.cut_after(operation, FRACTIONS[operation % len(FRACTIONS)]))
    chip.supply.outage_us = LONG_US
    if not lasts:
        at(made, begins_s + 30, end)
    made.play(begins_s + 200)
    assert chip.resets["power cut"] == 1
    found = states(made, name)
    assert found in ([1], [1, 1]) if lasts else found in ([], [1, 0], [0])
