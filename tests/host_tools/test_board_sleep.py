"""Boards that sleep: what their files must not say, and what the node is told of its wake pins."""

import pytest

from host_tools.boards import find_board, load_board
from host_tools.build.firmware_files import board_module
from tests.host_tools.board_files import edited, faults

GOOD = find_board("manhole_cover").read_text(encoding="utf-8")
WAKE = 'wake = ["tilt.int1", "cover.contact", "water.contact"]'


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("psm_eint = 6 }", "psm_eint = 6, power = 7 }", "modem.pins.power: deep sleep lets go of it"),
        (WAKE, 'wake = ["door.contact"]', "wake: door.contact: the board has no part 'door'"),
        (WAKE, 'wake = ["tilt.int2"]', "wake: tilt.int2: lis2dw12 drives no pin 'int2' of the chip"),
        (
            "contact = 5",
            "contact = 20",
            "wake: water.contact: GPIO20 of the ESP32-C3 cannot end",
        ),
        ("sleeps = true", "sleeps = false", "wake: the board never sleeps, `sleeps` is false"),
    ],
)
def test_faults(tmp_path, old, new, fault):
    assert GOOD.count(old) == 1
    found = faults(tmp_path, GOOD.replace(old, new))
    assert any(line.startswith(fault) for line in found), found


def test_outputs_and_sleep_exclude_each_other(tmp_path):
    found = faults(tmp_path, edited(("listens = true", "sleeps = true")))
    assert any(line.startswith("outputs: deep sleep lets go of them") for line in found)


def test_only_a_board_that_sleeps_may_leave_the_supply_of_its_modem_alone(tmp_path):
    text = GOOD.replace("sleeps = true", "sleeps = false").replace(WAKE, "")
    assert faults(tmp_path, text) == ["modem.pins: bc26 needs pin 'power'"]


def test_what_the_node_is_told():
    for name, wake in (
        ("water_level", ("wake_on_ext1", [5])),
        ("river_level", ("wake_on_ext1", [5])),
        ("manhole_cover", ("wake_on_gpio", [3, 4, 5])),
    ):
        constants = {}
        exec(board_module(load_board(name)), constants)
        assert constants["WAKE"] == wake and constants["LIFE"] == "firmware.sleeper"
