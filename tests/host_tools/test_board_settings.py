"""Settings of parts: in board files, in the node's module, and in configurations."""

import pytest

from host_tools.boards import find_board, load_board
from host_tools.build.firmware_files import board_constants
from host_tools.configuration_form import ConfigurationError, to_form, to_settings
from tests.host_tools.board_files import faults, loaded

GOOD = find_board("water_level").read_text(encoding="utf-8")
SURFACE = "settings = { height_mm = 2000 }"
GAUGE = load_board("water_level")
RS485 = """
[uart.rs485]
id = 2
tx = 15
rx = 16
de = 14
baudrate = 9600

[parts.surface]
part = "radar_sen0676"
uart = "rs485"
address = 2
settings = { height_mm = 7000 }

[parts.probe]
part = "qdy30a"
uart = "rs485"
address = 1
settings = { zero_mm = -200 }
"""


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("{ height_mm = 99 }", "parts.surface.settings.height_mm is not 100 to 10000"),
        (
            "{ width_mm = 9 }",
            "parts.surface.settings.width_mm: a02yyuw has no such setting; it has height_mm",
        ),
        ("{ height_mm = [[0, 1], [1, 1]] }", "parts.surface.settings.height_mm is not 100 to 10000"),
    ],
)
def test_faults(tmp_path, setting, fault):
    assert GOOD.count(SURFACE) == 1
    assert fault in faults(tmp_path, GOOD.replace(SURFACE, f"settings = {setting}"))


def test_a_part_without_settings(tmp_path):
    text = GOOD.replace("pins = { adc = 4 }", "pins = { adc = 4 }\nsettings = { ohm = 1 }")
    assert "parts.battery.settings.ohm: battery has no such setting; it has none" in faults(tmp_path, text)


def test_tables(tmp_path):
    table = GAUGE.parts["gauge"].settings["rating"]
    assert table[0] == [0, 0]
    text = GOOD.replace("[50, 4]", "[0, 4]")
    assert "parts.gauge.settings.rating: the rows do not rise" in faults(tmp_path, text)


def test_what_the_node_is_told():
    known = board_constants(GAUGE)
    assert known["PARTS"]["surface"][-1] == {"height_mm": 2000}
    assert known["PARTS"]["battery"][-1] == {}
    assert known["SETTINGS"]["surface"] == {"height_mm": [100, 10_000]}
    assert "battery" not in known["SETTINGS"]


def test_a_configuration_has_them():
    gauge = {"datum_mm": 1200, "rating": [[0, 0], [9, 9]]}
    form = {"parts": {"gauge": gauge, "surface": {"height_mm": 2400}}}
    settings = to_settings(form, GAUGE)
    assert settings == form
    assert to_settings(to_form(settings, GAUGE), GAUGE) == settings
    with pytest.raises(ConfigurationError, match="height_mm is not 100 to 10000"):
        to_settings({"parts": {"surface": {"height_mm": 50}}}, GAUGE)
    with pytest.raises(ConfigurationError, match="there is no 'battery'"):
        to_settings({"parts": {"battery": {}}}, GAUGE)


def test_radar_and_rs485_probe_in_their_place(tmp_path):
    """The gauge takes any two parts that measure a level."""
    start, end = GOOD.index("[uart.ultrasonic]"), GOOD.index("[i2c.sensors]")
    text = GOOD[:start] + GOOD[end:]
    start, end = text.index("[parts.surface]"), text.index("[parts.rain]")
    text = text[:start] + RS485 + text[end:].replace("loop = {", "# loop = {")
    parts = board_constants(loaded(tmp_path, text))["PARTS"]
    assert parts["gauge"][-2] == {"echo": "surface", "probe": "probe", "rain": "rain"}
    assert parts["surface"][0] == "drivers.radar_sen0676:RadarLevel"


RIVER = find_board("river_level").read_text(encoding="utf-8")


def test_the_section_of_a_channel(tmp_path):
    good = "section = [[0, 4000], [2000, 10_000]]"
    assert RIVER.count(good) == 1
    table = "parts.gauge.settings.section"
    for rows, fault in (
        ("[[0, 4000], [0, 5000]]", f"{table}: the rows do not rise"),
        ("[[0, 4000]]", f"{table} is no table of 2 to 16 rows"),
        ("[[0, 4000, 1], [10, 5000, 1]]", f"{table}: a row has 2 numbers"),
        ("[[0, -1], [10, 5000]]", f"{table} is not 0 to 200000"),
        ("[[0, 1], [20_001, 5000]]", f"{table} is not -20000 to 20000"),
    ):
        assert faults(tmp_path, RIVER.replace(good, f"section = {rows}")) == [fault]


def test_a_section_in_a_configuration():
    river = load_board("river_level")
    form = {"parts": {"gauge": {"section": [[-500, 0], [1500, 8000]], "velocity_permil": 870}}}
    assert to_form(to_settings(form, river), river) == form
    with pytest.raises(ConfigurationError, match="the rows do not rise"):
        to_settings({"parts": {"gauge": {"section": [[500, 0], [0, 8000]]}}}, river)


def test_the_baud_rate_of_a_shared_line(tmp_path):
    line = "de = 21\nbaudrate = 9600"
    assert RIVER.count(line) == 1
    found = faults(tmp_path, RIVER.replace(line, "de = 21\nbaudrate = 14_400"))
    assert found == [
        "uart.sensors485.baudrate: velocity_rss2300w can be set to 9600, 38400, 57600, 115200, not 14400"
    ]
