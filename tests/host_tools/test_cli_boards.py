"""`citynode boards`, `build`, `micropython` and `doctor`: what they print, for people and for programs."""

from pathlib import Path

import pytest

from host_tools.boards import board_names, find_board, load_board, table_of
from host_tools.boards.released import released_tables
from host_tools.build import bundle as bundles
from host_tools.chips import chips
from tests.host_tools.processes import run_here
from tests.host_tools.test_micropython_store import app_image, combined

POLE = load_board("smart_pole")


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def citynode(capsys):
    """Runs a command that must not fail, and say nothing on stderr."""

    def run(*arguments):
        outcome = run_here(capsys, *arguments)
        assert (outcome.code, outcome.err) == (0, "")
        return outcome

    return run


def official(tmp_path):
    chip = chips()["esp32s3"]
    file = tmp_path / "ESP32_GENERIC_S3-20251209-v1.27.0.bin"
    file.write_bytes(combined(chip, app_image(chip)))
    return file


def test_boards_lists_them(citynode):
    assert [board["name"] for board in citynode("boards", "--json").json] == board_names()
    text = citynode("boards").out
    assert citynode("boards", "list").out == text
    assert "smart_pole" in text and "Smart pole" in text and "esp32s3" in text


def test_show(citynode):
    shown = citynode("boards", "show", "smart_pole", "--json").json
    assert shown["schema_id"] == table_of(POLE).schema_id
    assert shown["points"]["voltage"]["source"] == "meter.voltage_mv"
    assert shown["uart"]["rs485"]["de"] == 42
    text = citynode("boards", "show", "smart_pole").out
    for fact in ("GPIO12", "spi meter", "i2c sensors at 0x44", "3303/0/5700", "noise.noise_mdba"):
        assert fact in text


def test_show_has_the_rules(citynode):
    voltage = citynode("boards", "show", "smart_pole", "--json").json["points"]["voltage"]
    assert (voltage["kind"], voltage["priority"]) == ("telemetry", "alarm")
    assert (voltage["range"], voltage["jump"], voltage["above"]) == ([0, 300], 40, 253)
    text = " ".join(citynode("boards", "show", "smart_pole").out.replace("│", " ").split())
    assert "lamp_level telemetry outside 0 to 100 any change" in text
    assert "voltage alarm outside 0 to 300" in text and "above 253, below 187" in text


def test_the_page_of_points_is_what_the_command_prints(citynode):
    page = Path(__file__).parent.parent.parent / "docs/points.md"
    assert citynode("boards", "table").out == page.read_text(encoding="utf-8")


def test_the_table_has_all_products(citynode):
    tables = citynode("boards", "table", "--json").json
    assert set(tables) == {*board_names(), "health"}
    assert tables["smart_pole"]["voltage"]["path"] == "3418/0/1"
    assert tables["health"]["rsrp"]["unit"] == "dBm"


def test_check(citynode):
    assert citynode("boards", "check", "smart_pole", "--json").json == {"board": "smart_pole", "ok": True}
    assert citynode("boards", "check", "smart_pole").out == "smart_pole: the board file is sound\n"


def test_release_keeps_the_point_table(citynode, tmp_path, monkeypatch):
    monkeypatch.setattr("host_tools.boards.released.released_folder", lambda: tmp_path / "released")
    told = citynode("boards", "release", "smart_pole", "--json").json
    table = table_of(POLE)
    assert (told["board"], told["schema_id"]) == ("smart_pole", table.schema_id)
    assert [kept.content() for kept in released_tables()] == [table.content()]
    assert f"{table.schema_id:06x}.json" in citynode("boards", "release", "smart_pole").out
    assert len(released_tables()) == 1


def test_text_of_a_board_file_is_no_markup(citynode, tmp_path):
    file = tmp_path / "[bold]" / "board.toml"
    file.parent.mkdir()
    title = "Pole [/red] of :smile: [link=x]"
    file.write_text(find_board("smart_pole").read_text().replace('"Smart pole"', f'"{title}"'))
    assert title in citynode("boards", "show", file).out
    out = tmp_path / "[/out]"
    assert f"in {out}\n" in citynode("build", file, "--out", out).out


def test_build_saves_a_bundle(citynode, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = citynode("build", "smart_pole", "--json").json
    saved = bundles.load(tmp_path / "build" / "smart_pole")
    assert told == {"folder": "build/smart_pole", **saved.manifest()}
    assert saved == bundles.build(POLE)
    text = citynode("build", "smart_pole", "--out", tmp_path / "here").out
    assert "0x0010000" in text and "stand-in" in text
    assert bundles.load(tmp_path / "here") == saved


def test_micropython_is_added_listed_and_built_in(citynode, tmp_path):
    assert citynode("micropython", "--json").json == []
    assert "none yet" in citynode("micropython").out
    file = official(tmp_path)
    added = citynode("micropython", "add", file, "--json").json
    assert (added["chip"], added["version"]) == ("esp32s3", "1.27.0")
    assert citynode("micropython", "--json").json == [{**added, "file": file.name}]
    assert citynode("micropython").out.startswith("esp32s3  MicroPython 1.27.0  ESP32_GENERIC_S3")
    built = citynode("build", "smart_pole", "--out", tmp_path / "out")
    assert "stand-in" not in built.out
    assert bundles.load(tmp_path / "out").micropython == "1.27.0"
    assert citynode("build", "smart_pole", "--stand-in", "--out", tmp_path / "out", "--json").json[
        "micropython"
    ] == ("stand-in")


def test_doctor(citynode, tmp_path):
    citynode("micropython", "add", official(tmp_path))
    found = {finding["name"]: finding for finding in citynode("doctor", "--json").json}
    assert found["MicroPython for esp32s3"]["state"] == "ok"
    assert found["MicroPython for esp32c3"]["state"] == "note"
    assert found["board smart_pole"]["detail"] == "Smart pole"
    assert found["esptool"]["state"] == "ok"
    assert "  ok  board smart_pole: Smart pole\n" in citynode("doctor").out


def test_doctor_finds_what_is_wrong(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("host_tools.cli.doctor.TOOLS", ("esptool", "no-such-tool"))
    assert run_here(capsys, "micropython", "add", official(tmp_path)).code == 0
    (stored,) = (tmp_path / "data").rglob("esp32s3.bin")
    stored.write_bytes(stored.read_bytes()[:-1])
    outcome = run_here(capsys, "doctor", "--json")
    assert outcome.code == 1
    bad = {finding["name"]: finding["detail"] for finding in outcome.json if finding["state"] == "bad"}
    assert bad["no-such-tool"] == "not installed; `pip install citynode` brings it"
    assert "has changed since it was added" in bad["MicroPython for esp32s3"]
    assert len(bad) == 2


def commands():
    """Each command and subcommand with its own --help."""
    top = (
        "build",
        "flash",
        "provision",
        "simulate",
        "collect",
        "command",
        "telemetry",
        "events",
        "monitor",
        "doctor",
    )
    groups = (
        "boards",
        "boards list",
        "boards show",
        "boards check",
        "boards release",
        "boards table",
        "micropython",
        "micropython add",
        "config show",
        "config set",
        "config clear",
    )
    return [*top, *groups]


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_and_json(citynode, name):
    text = citynode(*name.split(), "--help").out
    assert "--json" in text
    assert f"citynode {name}" in text


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("build", "build/BOARD"),
        ("collect", "127.0.0.1"),
        ("flash", "build afresh"),
        ("monitor", "until Ctrl-C"),
        ("provision", "PRODUCT-MAC"),
        ("simulate", "1h"),
        ("telemetry", "collector.db in the user's data folder"),
    ],
)
def test_help_tells_the_defaults(citynode, name, default):
    words = " ".join(citynode(name, "--help").out.replace("│", " ").split())
    assert f"[default: ({default})]" in words or f"[default: {default}]" in words


def test_no_arguments_and_help_are_the_same(citynode):
    text = citynode().out
    assert text == citynode("--help").out == citynode("-h").out
    assert all(name.split()[0] in text for name in commands())
