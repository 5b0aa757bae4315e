"""Rules of points: scaled as the node has them, and refused where they make no sense."""

import pytest

from host_tools.boards import load_board, rules_of, table_of
from host_tools.boards.model import PointDeclaration
from host_tools.boards.rules import make_rules
from host_tools.build.firmware_files import board_module
from host_tools.points import PointError, make_point
from protocols.report.layout import MAX_VALUE
from tests.host_tools.board_files import edited, faults, loaded

VOLTAGE = {"source": "meter.voltage_mv", "path": "3418/0/1", "unit": "V", "scale": 0.1}
LAMP = {"source": "lamp.level_percent", "path": "3416/0/1", "unit": "/100", "scale": 1, "kind": "control"}
DOOR = {"source": "door.is_active", "path": "3200/0/5500", "unit": "/", "scale": 1, "kind": "signal"}
TIMES = "SAMPLE_S", "REPORT_S", "SEND_S", "HEALTH_S"


def rules(base=VOLTAGE, **keys):
    declared = PointDeclaration(**{**base, **keys})
    return make_rules(make_point("x", declared), declared)


def refused(base=VOLTAGE, **keys):
    with pytest.raises(PointError) as caught:
        rules(base, **keys)
    return str(caught.value)


def test_a_point_without_rules():
    assert rules().quality == (None, None, None, None)
    assert rules().report is None


def test_all_rules_are_in_steps_of_the_scale():
    got = rules(
        priority="alarm",
        range=[0, 300.5],
        jump=40,
        stuck=20,
        step=5,
        min_s=60,
        above=253,
        below=187.2,
        hysteresis=3,
    )
    assert got.quality == (0, 3005, 400, 20)
    assert got.report == (0, 50, 60, 2530, 1872, 30)
    assert all(type(number) is int for number in got.quality + got.report)


@pytest.mark.parametrize(("priority", "cls"), [("alarm", 0), ("event", 1), ("telemetry", 2)])
def test_the_class_of_the_outbox(priority, cls):
    assert rules(priority=priority, step=1).report == (cls, 10, 0, None, None, 0)


def test_one_threshold_is_a_rule_and_negative_values_are_values():
    assert rules(range=[-40, 0], below=-12.5).quality == (-400, 0, None, None)
    assert rules(below=-12.5, min_s=60).report == (2, None, 60, None, -125, 0)


@pytest.mark.parametrize("base", [LAMP, DOOR])
def test_a_change_of_a_signal_or_control_is_reported(base):
    assert rules(base).report == (2, 1, 0, None, None, 0)
    assert rules(base, priority="event", min_s=5).report == (1, 1, 5, None, None, 0)


def test_a_control_with_a_step_of_its_own():
    assert rules(LAMP, step=10).report == (2, 10, 0, None, None, 0)


@pytest.mark.parametrize("key", ["jump", "step", "above", "below", "hysteresis"])
def test_a_value_between_the_steps_of_the_scale(key):
    said = refused(above=200, **{key: 20.05}) if key != "above" else refused(above=20.05)
    assert said == f"{key}: 20.05 is no multiple of the scale, 0.1"


@pytest.mark.parametrize("key", ["jump", "step", "hysteresis"])
def test_less_than_a_step_of_the_scale(key):
    assert refused(above=200, **{key: 0.01}) == f"{key}: 0.01 is no multiple of the scale, 0.1"


def test_a_range_between_the_steps_of_the_scale():
    assert refused(range=[0, 300.01]) == "range: 300.01 is no multiple of the scale, 0.1"


def test_values_that_a_report_cannot_hold():
    most = MAX_VALUE / 10
    assert rules(above=most).above == rules(range=[-most, most]).most == MAX_VALUE
    past = (MAX_VALUE + 1) / 10
    for key, value in (
        ("above", past),
        ("below", -past),
        ("jump", past),
        ("step", past),
        ("range", [0, past]),
    ):
        assert f"of the scale, more than the {MAX_VALUE} of a report" in refused(**{key: value})


def test_a_range_that_is_none():
    assert refused(range=[300, 0]) == refused(range=[1, 1]) == "range: the first must be less than the second"


def test_thresholds_outside_the_range():
    assert refused(range=[0, 200], above=253) == "above: 253 is outside the range"
    assert refused(range=[0, 200], above=-1) == "above: -1 is outside the range"
    assert refused(range=[0, 200], below=-1) == "below: -1 is outside the range"
    assert refused(range=[0, 200], below=201) == "below: 201 is outside the range"


def test_thresholds_that_nothing_is_beyond():
    assert refused(range=[0, 200], above=200) == "above: no value of the range is beyond it"
    assert refused(range=[0, 200], below=0) == "below: no value of the range is beyond it"
    assert refused(DOOR, above=1) == "above: no value of the range is beyond it"
    assert rules(DOOR, above=0).report == (2, 1, 0, 0, None, 0)
    assert rules(range=[0, 200], above=0, min_s=1).above == 0


@pytest.mark.parametrize("key", ["jump", "step"])
def test_wider_than_the_range(key):
    assert refused(range=[0, 20], **{key: 20.1}) == f"{key}: 20.1 is wider than the range"
    assert getattr(rules(range=[0, 20], **{key: 20}), key) == 200


def test_hysteresis():
    assert refused(hysteresis=3) == "hysteresis: there is neither `above` nor `below`"
    assert refused(step=1, hysteresis=3) == "hysteresis: there is neither `above` nor `below`"
    overlap = "hysteresis: no value between `below` and `above` would end the alarm"
    assert refused(above=253, below=187, hysteresis=33.1) == overlap
    assert rules(above=253, below=187, hysteresis=33).hysteresis == 330


@pytest.mark.parametrize("above", [187, 186])
def test_thresholds_in_the_wrong_order(above):
    assert refused(above=above, below=187) == "above: must be more than `below`"


def test_a_pause_between_nothing():
    assert refused(min_s=60) == "min_s: there is no rule that it could hold back"


@pytest.mark.parametrize("key", ["jump", "stuck", "hysteresis"])
def test_what_a_signal_cannot_have(key):
    said = f"{key}: a signal is the one or the other, and may stay so for ever"
    assert refused(DOOR, **{key: 2}) == said


@pytest.mark.parametrize("key", ["jump", "stuck", "above", "below", "hysteresis"])
def test_what_a_control_cannot_have(key):
    assert refused(LAMP, **{key: 2}) == f"{key}: a control is what the node itself has set"


LAMP_END = 'kind = "control", range = [0, 100]'
SHAPE = [
    ("jump = 40", "jump = 0", "points.voltage.jump: Input should be greater than 0"),
    ("jump = 40", 'jump = "4"', "points.voltage.jump: Input should be a valid number"),
    ("jump = 40", "jump = inf", "points.voltage.jump: Input should be a finite number"),
    (
        "stuck = 60, above",
        "stuck = 1, above",
        "points.voltage.stuck: Input should be greater than or equal to 2",
    ),
    (
        "hysteresis = 5",
        "hysteresis = -1",
        "points.voltage.hysteresis: Input should be greater than or equal to 0",
    ),
    ("jump = 40", "min_s = -1", "points.voltage.min_s: Input should be greater than or equal to 0"),
    ("jump = 40", "leap = 40", "points.voltage.leap: there is no such key"),
    (
        LAMP_END,
        f'{LAMP_END}, priority = "urgent"',
        "points.lamp_level.priority: Input should be 'telemetry', 'event' or 'alarm'",
    ),
    (
        LAMP_END,
        'kind = "command"',
        "points.lamp_level.kind: Input should be 'telemetry', 'signal' or 'control'",
    ),
]
SENSE = [
    ("above = 253", "above = 301", "points.voltage.above: 301 is outside the range"),
    (
        LAMP_END,
        f"{LAMP_END}, stuck = 5",
        "points.lamp_level.stuck: a control is what the node itself has set",
    ),
    ("jump = 40", "jump = 0.05", "points.voltage.jump: 0.05 is no multiple of the scale, 0.1"),
]


@pytest.mark.parametrize(("old", "new", "message"), SHAPE + SENSE)
def test_a_fault_in_a_board_file(tmp_path, old, new, message):
    assert faults(tmp_path, edited((old, new))) == [message]


def test_a_range_has_two_ends(tmp_path):
    (said,) = faults(tmp_path, edited(("range = [30, 120]", "range = [30]")))
    assert said.startswith("points.noise.range: ")


def test_rules_may_change_without_a_new_schema_id(tmp_path):
    changed = loaded(
        tmp_path, edited(("above = 253, below = 187, hysteresis = 5", "step = 5"), ("jump = 40, ", ""))
    )
    pole = load_board("smart_pole")
    assert table_of(changed).schema_id == table_of(pole).schema_id
    assert rules_of(changed) != rules_of(pole)


def constants(board):
    module = {}
    exec(board_module(board), module)
    return module


def test_what_the_node_gets_of_it(tmp_path):
    text = edited(("sample_s = 60 ", "sample_s = 20 "), ("send_s = 0 ", "health_s = 7200\nsend_s = 30 "))
    got = constants(loaded(tmp_path, text))
    assert [got[name] for name in TIMES] == [20, 60, 30, 7200]
    assert (got["LISTENS"], got["LIFE"], got["APPLICATION"]) == (True, "firmware.awake", None)
    assert got["OUTPUTS"] == {"lamp": ("lamp", 100)}
    assert got["POINTS"][1] == ("voltage", "meter", "voltage_mv", 100, 0, 3000, 400, 60)
    assert got["RULES"] == {0: (2, 1, 0, None, None, 0), 1: (0, None, 0, 2530, 1870, 50)}


def test_a_node_that_sleeps():
    got = constants(load_board("water_level"))
    assert (got["LISTENS"], got["LIFE"]) == (False, "firmware.sleeper")


def test_what_a_board_file_may_leave_out(tmp_path):
    left_out = ("sample_s = 60 ", "# "), ("send_s = 0 ", "# "), ("listens = true ", "# ")
    got = constants(loaded(tmp_path, edited(*left_out)))
    assert [got[name] for name in TIMES] == [60, 60, 0, 3600]
    assert (got["LISTENS"], got["LIFE"]) == (False, "firmware.awake")


def test_the_application_is_a_module_of_the_firmware(tmp_path, monkeypatch):
    monkeypatch.setattr("host_tools.boards.check.applications", lambda: ["reader"])
    board = loaded(tmp_path, edited(("listens = true", 'listens = true\napplication = "reader"')))
    assert constants(board)["APPLICATION"] == "firmware.reader"
