"""The examples in docs/runtime.md are what the page says."""

import re
import tomllib
from pathlib import Path

import pytest

from host_tools.boards import load_board
from host_tools.boards.model import Board, OutputUse, PointDeclaration
from host_tools.cli import app
from tests.host_tools.processes import run_here

PAGE = (Path(__file__).parent.parent.parent / "docs/runtime.md").read_text(encoding="utf-8")
POINT, BOARD = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with the page's board in it."""
    (tmp_path / "underpass").mkdir()
    (tmp_path / "underpass" / "board.toml").write_text(BOARD)
    monkeypatch.chdir(tmp_path)


def test_the_point_is_the_poles():
    assert tomllib.loads(POINT)["voltage"] == load_board("smart_pole").points["voltage"].model_dump(
        exclude_defaults=True
    )


def test_every_key_is_named():
    rows = " ".join(re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE))
    times = ("sample_s", "report_s", "send_s", "health_s", "listens", "sleeps", "wake")
    assert set(times) <= set(Board.model_fields)
    assert all(key in rows for key in (*times, *PointDeclaration.model_fields))
    assert all(f"`{key}`" in PAGE for key in OutputUse.model_fields if key != "part")


def test_the_new_product_reports(folder, capsys):
    assert run_here(capsys, "boards", "check", "underpass").out == "underpass: the board file is sound\n"
    outcome = run_here(capsys, "simulate", "underpass", "--for", "1h", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    *told, fared = outcome.json_lines
    reports = [line["points"] for line in told if "points" in line]
    assert len(reports) == 12
    assert all(list(report) == list(tomllib.loads(BOARD)["points"]) for report in reports)
    assert all(report["lamp_level"] == 100 and report["flooded"] == 0 for report in reports)
    assert fared["resets"] == {}


def test_each_line_of_json_is_as_the_page_has_it(folder, capsys):
    *told, fared = run_here(capsys, "simulate", "underpass", "--for", "2m", "--json").json_lines
    documented = [re.findall(r'"(\w+)"', row) for row in re.findall(r"^\| `(\{.*?)` \|", PAGE, re.MULTILINE)]
    assert all(list(line) in documented for line in (*told, fared))
    assert {"points", "health"} <= {list(line)[-1] for line in told}


def test_the_readme_names_every_command():
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
    rows = "".join(re.findall(r"^\| (`.*?) \|", readme, re.MULTILINE))
    commands = [*app.registered_commands, *app.registered_groups]
    assert len(commands) > 10
    assert [command.name for command in commands if f"`{command.name}`" not in rows] == []
