"""`citynode simulate` in virtual time: repeatable, and boards do not disturb each other."""

from datetime import datetime
from itertools import pairwise

import pytest

from host_tools.boards import find_board, load_board
from host_tools.cli.reports import as_dict
from host_tools.simulator.simulation import SimulationOptions, run_board
from tests.host_tools.processes import run_here

POINTS = ["lamp_level", "voltage", "current", "power", "energy", "temperature", "humidity", "noise"]


@pytest.fixture
def simulate(run_simulate):
    """The reports alone."""
    return lambda *arguments, **options: [
        line for line in run_simulate(*arguments, **options) if "points" in line
    ]


@pytest.fixture
def run_simulate(capsys, tmp_path, monkeypatch):
    """What the command prints, as parsed JSON lines."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*arguments, board="smart_pole"):
        outcome = run_here(capsys, "simulate", board, "--json", *arguments)
        assert (outcome.code, outcome.err) == (0, "")
        assert not (tmp_path / "data").exists()  # virtual time touches nobody's database
        return outcome.json_lines

    return run


def test_a_report_a_minute_by_default_and_their_shape(run_simulate):
    *told, _ = run_simulate("--for", "10m")
    assert [item["seq"] for item in told] == list(range(len(told)))
    reports = [item for item in told if "points" in item]
    assert len(reports) in (9, 10)  # the first comes when the modem has registered
    times = [datetime.fromisoformat(report["time"]) for report in reports]
    assert {round((later - before).total_seconds() / 60) for before, later in pairwise(times)} == {1}
    assert times[0].isoformat().startswith("2026-01-01T00:0")
    for report in reports:
        assert list(report) == ["node", "seq", "time", "points"]
        assert list(report["points"]) == POINTS
        assert report["node"].startswith("smart_pole-")
        assert report["points"]["lamp_level"] == 100
        assert 200 < report["points"]["voltage"] < 240


def test_two_runs_are_the_same_and_another_seed_is_not(simulate):
    first = simulate("--for", "5m", "--seed", "7")
    assert simulate("--for", "5m", "--seed", "7") == first
    other = simulate("--for", "5m", "--seed", "8")
    assert {report["node"] for report in other}.isdisjoint(report["node"] for report in first)
    assert [report["points"] for report in other] != [report["points"] for report in first]


def test_a_longer_run_begins_like_a_shorter_one(simulate):
    shorter = simulate("--for", "240s")
    assert shorter and simulate("--for", "8m")[: len(shorter)] == shorter


def test_several_boards_are_the_single_ones_in_order_of_time(simulate):
    together = simulate("--for", "5m", "--boards", "3")
    options = SimulationOptions(300, boards=3)
    single = [run_board(load_board("smart_pole"), options, number).reports for number in range(3)]
    nodes = {report.node for reports in single for report in reports}
    assert len(nodes) == 3
    assert sorted(map(str, together)) == sorted(
        str(as_dict(report)) for reports in single for report in reports
    )
    times = [report["time"] for report in together]
    assert times == sorted(times)
    assert simulate("--for", "5m") == [as_dict(report) for report in single[0]]


def test_health_is_reported_on_a_line_of_its_own_kind(run_simulate):
    (health,) = [line for line in run_simulate("--for", "10m") if "health" in line]
    assert list(health) == ["node", "seq", "time", "health"]
    assert health["health"]["boots"] == 1


def test_a_board_file_of_ones_own_and_its_points(simulate, tmp_path):
    text = find_board("smart_pole").read_text()
    kept = [line for line in text.splitlines() if not line.startswith("temperature = ")]
    text = "\n".join(kept).replace("voltage = {", "mains = {")
    text = text.replace("sample_s = 60 ", "sample_s = 20 ").replace("report_s = 60 ", "report_s = 20 ")
    (tmp_path / "board.toml").write_text(text)
    reports = simulate("--for", "3m", board=tmp_path / "board.toml")
    assert len(reports) in (8, 9)
    names = [{"voltage": "mains"}.get(name, name) for name in POINTS if name != "temperature"]
    assert all(list(report["points"]) == names for report in reports)


def test_text_is_one_line_a_report(capsys):
    outcome = run_here(capsys, "simulate", "smart_pole", "--for", "3m")
    *lines, fared, energy = outcome.out.splitlines()
    lines = [line for line in lines if "HEALTH" not in line]
    assert len(lines) in (2, 3)
    assert fared.endswith("KiB, resets: none")
    assert "mAh a day" in energy and "chip active" in energy and "would last" not in energy
    assert lines[0].startswith("2026-01-01T00:0") and "lamp_level 100" in lines[0] and "noise" in lines[0]


def test_no_time_no_report(simulate):
    assert simulate("--for", "1s") == []


def test_how_the_chip_fared(run_simulate):
    *reports, fared = run_simulate("--for", "5m")
    assert fared["node"] == reports[0]["node"]
    assert fared["resets"] == {}
    assert fared["heap"]["bytes"] == 235 * 1024
    assert 40_000 < fared["heap"]["high_water"] < 160 * 1024


def test_what_the_board_took(run_simulate):
    *_, fared = run_simulate("--for", "5m")
    energy = fared["energy"]
    assert list(energy) == ["mah_per_day", "average_ma", "battery_days", "assumptions"]
    charges = [*energy["mah_per_day"]["modem"].values(), *energy["mah_per_day"]["chip"].values()]
    assert energy["average_ma"] == pytest.approx(sum(charges) / 24, rel=0.001)
    assert 1 < energy["battery_days"] < 100  # a pole is made for the mains


SCENARIO = """title = "An opened cover"
duration = "3h"
[[step]]
at = "2h"
cover = { tilt = 40 }
[[expect]]
at = "2h30m"
event = { name = "alarm", point = "cover_open", state = "raised" }
"""


def test_how_soon_alarms_were_with_the_collector(run_simulate, capsys, tmp_path):
    file = tmp_path / "opened.toml"
    file.write_text(SCENARIO)
    *lines, fared, _ = run_simulate("--scenario", file, board="manhole_cover")
    raised = [line for line in lines if line.get("event") == "alarm" and line["state"] == "raised"]
    assert fared["alarms"]["raised"] == len(raised) >= 2
    assert 3 < fared["alarms"]["median_s"] <= fared["alarms"]["most_s"] < 15
    outcome = run_here(capsys, "simulate", "manhole_cover", "--scenario", file)
    assert f"{len(raised)} x alarm, with the collector {fared['alarms']['median_s']} s" in outcome.out


def test_a_heap_that_is_too_small_shows(run_simulate, tmp_path):
    text = find_board("smart_pole").read_text().replace("report_s = 60 ", "heap_kib = 60\nreport_s = 60 ")
    (tmp_path / "board.toml").write_text(text)
    (fared,) = run_simulate("--for", "2m", board=tmp_path / "board.toml")
    assert fared["resets"]["MemoryError"] > 1
    assert fared["heap"]["high_water"] > 60 * 1024
