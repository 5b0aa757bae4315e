"""The sampler on a board's own buses: a part cut off in the middle of its answer answers the next time."""

from host_tools.boards.model import part_kinds
from tests.firmware.test_parts import CABINET, run

PROGRAM = b"""
import asyncio
import time
import board
from firmware.hardware import Hardware
from firmware.sampler import Sampler

POINTS = %s
TIMEOUTS_MS = %s

async def main():
    parts = Hardware(board.PARTS).parts
    parts["contactor"].set(True)
    patient = Sampler(parts, POINTS, print)
    for timeout_ms in TIMEOUTS_MS:
        cut = await Sampler(parts, POINTS, lambda line: None, timeout_ms).sample()
        started = time.ticks_ms()
        values = await patient.sample()
        print((timeout_ms, cut, values, time.ticks_diff(time.ticks_ms(), started)))

asyncio.run(main())
"""
FIELDS = {
    "mains": ("dlt645_meter", "voltage_a_mv"),
    "contactor": ("contactor", "is_on"),
    "door": ("door_contact", None),
    "lamp_meter": ("bl0942_spi", "voltage_mv"),
    "cover": ("lis2dw12", None),
    "level": ("hydrostatic_ads1115", "level_mm"),
}
TIMEOUTS_MS = [*range(1, 1000, 41), 1500]
SLOWEST_MS = 3000  # the meter: eleven answers at 2400 baud, and what is left of the one that was cut off


def points():
    kinds = part_kinds()
    for name, (kind, field) in FIELDS.items():
        yield name, name, field or next(iter(kinds[kind].fields)), 1, None, None, None, None


def test_parts_that_are_cut_off_answer_the_next_time(tmp_path):
    def prepare(world):
        world.cover.quiet = True
        world.water.force(1234)

    program = PROGRAM % (repr(tuple(points())).encode(), repr(TIMEOUTS_MS).encode())
    lines, _ = run(tmp_path, CABINET, program, 120, prepare)
    assert [line[0] for line in lines] == TIMEOUTS_MS
    for timeout_ms, cut, values, took_ms in lines:
        assert None not in values, timeout_ms
        assert took_ms < SLOWEST_MS
        assert cut[0] is None  # the meter takes longer than any of these
    assert [None in line[1][1:] for line in (lines[0], lines[-1])] == [True, False]
