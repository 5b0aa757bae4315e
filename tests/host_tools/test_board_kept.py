"""What a node keeps of its points over a sleep: boards with more than its slot holds are refused."""

import importlib
import struct
import sys
from types import ModuleType

import pytest

from firmware import water_state
from firmware.configuration import LONGEST
from firmware.configuration_check import MAX_BYTES
from host_tools.boards.check import MOST_OUTPUTS
from host_tools.boards.check_kept import MOST_BYTES, kept_bytes
from host_tools.boards.load import board_names, load_board
from protocols.cbor_encoder import dumps
from tests.host_tools.board_files import edited, faults, loaded

RTC_BYTES = 2048  # MicroPython's, ports/esp32/machine_rtc.c: MICROPY_HW_RTC_USER_MEM_MAX


def board(points, stuck=False):
    """A board file with so many points more; their paths are no others'."""
    lines = ""
    for i in range(points):
        extra = ", stuck = 9" if stuck else ""
        source = f'source = "meter.voltage_mv", path = "3418/{10 + i}/1", unit = "V", scale = 0.1'
        lines += f"more_{i} = {{ {source}{extra} }}\n"
    return edited(("[points]\n", "[points]\n" + lines))


@pytest.mark.parametrize("name", board_names())
def test_the_boards_that_come_with_citynode_have_room(name):
    assert kept_bytes(load_board(name)) <= MOST_BYTES


def test_one_point_too_many(tmp_path):
    size = kept_bytes(loaded(tmp_path, board(0)))
    room = (MOST_BYTES - size) // 9
    assert kept_bytes(loaded(tmp_path, board(room))) == size + 9 * room
    (fault,) = faults(tmp_path, board(room + 1))
    assert fault.startswith(
        f"points: {8 + room + 1} take {size + 9 * (room + 1)} bytes of what outlives a sleep"
    )
    assert "more than 254" in fault


def test_the_fault_names_the_points_that_take_more(tmp_path):
    (fault,) = faults(tmp_path, board(13, stuck=True))
    assert fault.endswith(", ".join(f"more_{i}" for i in range(13)) + ", voltage, noise)")


@pytest.fixture
def on_node(monkeypatch):
    """A function: a module of the firmware, on a chip of which it wants the names alone."""
    for name, names in (("board", ()), ("esp32", ("NVS",)), ("machine", ("RTC",))):
        module = ModuleType(name)
        for has in names:
            setattr(module, has, None)
        monkeypatch.setitem(sys.modules, name, module)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_what_is_kept_fits_its_slot(on_node):
    """A slot's first byte is the length; what is too long would silently not be kept."""
    kept = on_node("firmware.kept")
    sizes = {
        kept.OUTPUT_SLOT: on_node("firmware.outputs").OVERRIDE_SIZE * MOST_OUTPUTS,
        kept.RULES_SLOT: MOST_BYTES,
        kept.GAS_SLOT: seldom_size(on_node, on_node("firmware.gas_panel").GasPanel),
        kept.QUALITY_SLOT: seldom_size(on_node, on_node("firmware.water_quality").WaterQuality),
        kept.GAUGE_SLOT: struct.calcsize(water_state.LAYOUT) + water_state.MINUTES,
    }
    for slot, module, layout in (
        (kept.WAKE_SLOT, "wake_plan", "LAYOUT"),
        (kept.GUARD_SLOT, "manhole_cover", "KEPT"),
        (kept.CHAMBER_SLOT, "chamber_level", "KEPT"),
        (kept.BUDGET_SLOT, "budget", "LAYOUT"),
    ):
        sizes[slot] = struct.calcsize(getattr(on_node(f"firmware.{module}"), layout))
    for slot, size in sizes.items():
        assert size < slot[1], slot
    assert kept.RULES_SLOT[1] == MOST_BYTES + 1


def seldom_size(on_node, part):
    return struct.calcsize(on_node("firmware.seldom").KEPT % len(part.FIELDS))


def test_the_longest_settings_fit_their_blob():
    """With their version and the number of failures."""
    record = [0xFFFFFFFF, b"x" * (MAX_BYTES - 3), 0xFF]  # of bytes as many: three for their length
    assert len(dumps(record[1])) == MAX_BYTES
    assert len(dumps(record)) <= LONGEST


def test_slots_do_not_overlap(on_node):
    kept = on_node("firmware.kept")
    slots = sorted(value for name, value in vars(kept).items() if name.endswith("_SLOT"))
    assert len(slots) >= 10
    ends = [start + size for start, size in slots]
    assert all(end <= start for end, (start, _) in zip(ends, slots[1:], strict=False))
    assert ends[-1] <= RTC_BYTES
