"""The RFID reader's application in the VM: passes become events, and a reader that fails is started anew."""

import ast

import pytest

from firmware.outbox.record_log import EVENT as EVENT_CLASS
from host_tools.boards import load_board
from host_tools.build.bundle import build
from host_tools.desk import Desk
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.simulation import SimulationOptions, run_board
from protocols.message_numbers import FAULT, PASS, SILENT

START_UNIX = 1_767_225_600
TAKE_PASSES = b"""
import asyncio
import board
from esp32 import NVS
from time import time
from firmware.hardware import Hardware
from firmware.outbox.outbox import Outbox
from firmware.outbox.record_log import RecordLog
from firmware.outbox.sequence_numbers import SequenceNumbers
from firmware.rfid_reader import Application

log = RecordLog("/outbox", 256)
outbox = Outbox(log, SequenceNumbers(NVS("citynode"), log.last + 1))
start = time()

def record(cls, code, data, ago_s):
    outbox.add_event(time() - ago_s, time() - start, cls, code, data)
    print(("event", time() - start - ago_s, ago_s, cls, code, data))

async def watch(reader):
    while True:
        await asyncio.sleep(5)
        try:
            await reader.read()
        except OSError:
            print(("silent", time() - start))

async def main():
    parts = Hardware(board.PARTS).parts
    await asyncio.gather(Application(parts, record).run(), watch(parts["reader"]))

asyncio.run(main())
"""


def play(seconds, silent_us=(), seed=1):
    """(what the program printed as tuples, all it printed, the board) of so many seconds.

    silent_us: between these two times the reader does not answer.
    """
    product = load_board("rfid_reader")
    queue = EventQueue()
    board = SimulatedBoard(
        product, queue, VirtualInternet(queue), BoardOptions(seed=seed, start_unix=START_UNIX)
    )
    for part in build(product, use_stand_in=True, extra_files={"/main.py": TAKE_PASSES}).parts:
        board.flash.program(part.offset, part.data)
    console = bytearray()
    board.chip.console.listeners.append(console.extend)
    for at_us, silent in zip(silent_us, (True, False), strict=False):
        queue.at(at_us, lambda silent=silent: setattr(board.parts["reader"].faults, "silent", silent))
    queue.after(round(seconds * 1e6), board.power_off)
    board.run()
    lines = console.decode().splitlines()
    return [ast.literal_eval(line) for line in lines if line.startswith("(")], lines, board


@pytest.fixture(scope="module")
def quarter():
    """A quarter of an hour, with a reader that works."""
    return play(900)


def passed(board, first_s, last_s):
    """The tags that were before the antenna."""
    instants = range(first_s * 1_000_000, last_s * 1_000_000, 100_000)
    return {tag.epc for at_us in instants for tag in board.world.vehicles.in_field(at_us)}


def test_each_pass_is_one_event(quarter):
    events, lines, board = quarter
    assert not any("Traceback" in line for line in lines)
    assert {(cls, code) for _, _, _, cls, code, _ in events} == {(EVENT_CLASS, PASS)}
    seen = [data[0] for *_, data in events]
    wanted = passed(board, 10, 890)
    assert len(wanted) > 20 and len(wanted & set(seen)) >= 0.97 * len(wanted)
    assert set(seen) <= passed(board, 0, 900)
    assert len(seen) <= 1.1 * len(set(seen))  # who comes back passes again


def test_the_time_of_an_event_is_when_its_tag_was_first_heard(quarter):
    events, _, board = quarter
    for _, first_s, ago_s, _, _, (epc, duration_ms, count, peak_dbm) in events:
        around = range(round(first_s - 3) * 1_000_000, round(first_s + 3) * 1_000_000, 50_000)
        assert any(tag.epc == epc for at_us in around for tag in board.world.vehicles.in_field(at_us))
        assert ago_s >= duration_ms // 1000
        assert count >= 1 and -80 < peak_dbm < -30


def test_a_reader_that_falls_silent_is_started_again_and_again():
    printed, lines, _ = play(600, silent_us=(100_000_000, 200_000_000))
    assert any("rfid_reader: R200" in line for line in lines)
    assert not any("Traceback" in line for line in lines)
    silent = [line[1] for line in printed if line[0] == "silent"]
    assert 100 < min(silent) < 125 and 190 < max(silent) < 230
    times = [line[1] for line in printed if line[0] == "event"]
    assert any(time < 100 for time in times) and any(time > 230 for time in times)
    assert not any(110 < time < 195 for time in times)


def test_passes_reach_the_collector_in_company():
    stages = []
    run = run_board(load_board("rfid_reader"), SimulationOptions(900), 0, prepare=stages.append)
    assert run.resets == {} and {event.code for event in run.events} == {PASS}
    wanted = passed(stages[0].simulated, 60, 840)
    seen = {event.data[0] for event in run.events}
    assert len(wanted) > 20 and len(wanted & seen) >= 0.97 * len(wanted)
    assert seen <= passed(stages[0].simulated, 0, 900)
    assert stages[0]._collector.counts["uplinks"] < len(run.events) / 2


def test_a_test_waits_for_a_pass_and_for_the_fault_of_a_reader(tmp_path):
    desk = Desk("rfid_reader", tmp_path)
    event = desk.collector.wait_event(PASS, lambda data: data[2] > 1, within_s=600)
    assert event in desk.collector.events and event.clock_set
    desk.faults.silence("reader")
    assert desk.collector.wait_event(FAULT, within_s=600).data == ["reader", SILENT]
    with pytest.raises(AssertionError, match="no such event within 1 s"):
        desk.collector.wait_event(PASS, within_s=1)
    desk.close()
