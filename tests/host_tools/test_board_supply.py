"""Boards on a battery: which may have a panel, and which must."""

import pytest

from host_tools.boards import BoardError, find_board, load_board
from host_tools.build.charge import charge

TEXT = find_board("water_level").read_text(encoding="utf-8")
CELL = 'cell = "ER34615"\npulse_capacitor = true\n'
SUN = "[solar]\npanel_w = 1.0\ntilt_deg = 30\n"
LFP = 'cell = "LFP32700"\n'
PART = '[parts.battery]\npart = "battery"\npins = { adc = 4 }\n'
FAULTS = [
    (CELL + SUN, "solar: ER34615 cannot be charged"),
    (LFP, "battery.cell: nothing charges the LFP32700; add [solar]"),
    (
        LFP + "pulse_capacitor = true\n" + SUN,
        "battery.pulse_capacitor: an LFP32700 gives a radio's pulses itself",
    ),
    (LFP + SUN.replace("1.0", "0"), "solar.panel_w"),
    (LFP + SUN.replace("1.0", "7"), "solar.panel_w: more than 6 W for each cell would charge it too fast"),
    (LFP + "parallel = 2\n" + SUN.replace("1.0", "13"), "solar.panel_w: more than 6 W for each cell"),
    (CELL + "parallel = 2\n", "battery.parallel: one ER34615 would charge the other"),
    (LFP + "parallel = 0\n" + SUN, "battery.parallel"),
    (LFP + SUN.replace("30", "100"), "solar.tilt_deg"),
    (LFP + SUN.replace("tilt_deg = 30\n", ""), "solar.tilt_deg"),
    (LFP + SUN + "azimuth_deg = 360\n", "solar.azimuth_deg"),
    (LFP + SUN + "area_m2 = 1\n", "solar.area_m2"),
    ('cell = "CR2032"\n', "battery.cell: Input should be 'ER34615' or 'LFP32700'"),
]


def load(tmp_path, text):
    file = tmp_path / "board.toml"
    file.write_text(text, encoding="utf-8")
    return load_board(str(file))


@pytest.mark.parametrize(("supply", "fault"), FAULTS)
def test_a_wrong_supply_is_named(tmp_path, supply, fault):
    assert CELL in TEXT
    with pytest.raises(BoardError) as error:
        load(tmp_path, TEXT.replace(CELL, supply))
    assert fault in str(error.value) and len(str(error.value).splitlines()) == 1


def test_a_panel_needs_a_battery(tmp_path):
    with pytest.raises(BoardError, match="solar: the board has no battery"):
        load(tmp_path, TEXT.replace("[battery]\n" + CELL, SUN))


def test_a_charged_cell_needs_its_voltage_watched(tmp_path):
    assert PART in TEXT
    text = TEXT.replace(CELL, LFP + SUN).replace(PART, "")
    text = "".join(line for line in text.splitlines(True) if not line.startswith("battery = {"))
    with pytest.raises(BoardError, match="only its voltage tells when an LFP32700 is low"):
        load(tmp_path, text)


def test_what_a_board_may_be(tmp_path):
    board = load(tmp_path, TEXT.replace(CELL, LFP + SUN))
    assert (board.solar.panel_w, board.solar.tilt_deg, board.solar.azimuth_deg) == (1, 30, 180)
    assert charge(board)[-1] == 0
    assert load(tmp_path, TEXT.replace(CELL, LFP + "parallel = 2\n" + SUN.replace("1.0", "12.0"))).solar
    assert charge(load_board("water_level"))[-1] == 17_000
    # It has a charger and no pulse capacitor, which take about as much.
    assert 1 < charge(board)[2] - charge(load_board("water_level"))[2] < 5
