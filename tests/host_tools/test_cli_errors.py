"""Bad input of every kind: one message, a hint, the right exit code, never a traceback."""

import errno
import json
import os
import socket
import sqlite3

import pytest

from host_tools.boards import load_board
from host_tools.build import bundle as bundles
from host_tools.chips import chips
from host_tools.collector.payload import Result, Status
from host_tools.collector.store import Store
from host_tools.images.standin import standin_app
from tests.host_tools.bench_chip import on_bench
from tests.host_tools.processes import run_here
from tests.host_tools.test_micropython_store import app_image, combined

S3 = chips()["esp32s3"]
POLE = load_board("smart_pole")
REAL_MAC = bytes.fromhex("7cdfa1000001")
NODE = "smart_pole-000001"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The working folder, with a specimen of everything that can be wrong with a file."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("CITYNODE_PORT", raising=False)
    monkeypatch.setattr("host_tools.provisioning.server.WAIT_S", 0.01)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("hello, this is text\n")
    (tmp_path / "empty.bin").touch()
    (tmp_path / "stand-in.bin").write_bytes(standin_app(S3, "1.27.0", 4 << 20))
    official = combined(S3, app_image(S3))
    (tmp_path / "cut-off.bin").write_bytes(official[:-100])
    (tmp_path / "broken.toml").write_text("chip = ")
    store = Store(tmp_path / "known.db")
    store.add_node(NODE, "smart_pole", 1, None, 0)
    store.close()
    return tmp_path


def fails(capsys, arguments, message, hint, code=1):
    """In words, and with --json in JSON; nothing goes to stdout."""
    text = run_here(capsys, *arguments)
    assert (text.code, text.out) == (code, "")
    told, _, advice = text.err.partition("\nhint: ")
    assert told.startswith("error: ") and message in told
    assert hint in advice and advice.strip()
    as_json = run_here(capsys, *arguments, "--json")
    assert (as_json.code, as_json.out) == (code, "")
    value = json.loads(as_json.err)
    assert list(value) == ["error", "hint"]
    assert (f"error: {value['error']}", value["hint"]) == (told, advice.rstrip("\n"))


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ("battery smart_pole", "smart_pole does not live on a cell", "Name a board with a battery."),
        ("battery water_level --years 5", "--years reads between the periods of a table", "Give two or more"),
        (
            "boards show bright_pole",
            "there is no board 'bright_pole'; known are lighting_controller",
            "the path of a board",
        ),
        ("boards check empty", "empty/board.toml: No such file", "smart_pole/board.toml"),
        ("boards check broken.toml", "broken.toml: not TOML", "smart_pole/board.toml"),
        ("build bright_pole", "there is no board", "Give one of these"),
        ("build smart_pole --out text.txt", "text.txt: File exists", "Check the path"),
        ("build smart_pole --out text.txt/below", "Not a directory", "Check the path"),
        ("simulate bright_pole", "there is no board", "Give one of these"),
        ("simulate smart_pole --for 0s", "--for: that is no time at all", "as in 90s or 2h"),
        ("simulate smart_pole --for soon", "'soon' is no duration", "as in 90s or 2h"),
        ("simulate smart_pole --for 1.5h", "'1.5h' is no duration", "whole number"),
        ("simulate smart_pole --for 99999999999d", "is no duration", "whole number"),
        ("simulate smart_pole --blank", "go with --serve", "virtual time"),
        ("simulate smart_pole --serve --for 2h", "--serve is real time", "Leave one of them out"),
        (
            "simulate smart_pole --serve --server 8.8.8.8",
            "reach only this machine",
            "--server 127.0.0.1:PORT",
        ),
        ("simulate smart_pole --serve --server a:b:c", "'a:b:c' is no server address", "HOST:PORT"),
        ("simulate smart_pole --serve --db text.txt", "text.txt: this is no SQLite database", "--db"),
        ("collect --host nonsense", "--host: 'nonsense' is no IPv4 address", "127.0.0.1"),
        ("collect --host ::1", "'::1' is no IPv4 address", "127.0.0.1"),
        ("collect --host 192.0.2.1", "cannot listen on 192.0.2.1:5683", "this machine's"),
        ("collect --db text.txt", "text.txt: this is no SQLite database", "collector's database"),
        ("collect --db empty", "empty: Is a directory", "Check the path"),
        ("collect --board broken.toml", "broken.toml: not TOML", "smart_pole/board.toml"),
        ("provision --port x --server 127.0.0.1:²", "is no server address", "HOST:PORT"),
        ("provision --port x --server 127.0.0.1:70000", "70000 is no UDP port", "1 to 65535"),
        ("provision --port x --server 127.0.0.1:1", "server 127.0.0.1:1 does not answer", "citynode collect"),
        ("provision --port x --server 127.0.0.1 --node ../x", "'../x' is no node name", "letters"),
        (
            "provision --port no-port --server 127.0.0.1 --no-check-server",
            "no-port: failed to access",
            "right port",
        ),
        ("command nobody lamp 5 --db known.db", "no node 'nobody'", "citynode provision"),
        (f"command {NODE} lamp 9999999999 --db known.db", "9999999999 is beyond 30 bits", "whole numbers"),
        (f"command {NODE} lamp {'x' * 500} --db known.db", "longer than a downlink", "short texts"),
        ("telemetry nobody --db known.db", "no node 'nobody'", "--db"),
        ("telemetry nobody", "no node 'nobody'", "citynode provision"),
        ("monitor --port no-port", "cannot open no-port: it does not exist", "cable"),
        ("monitor --port rfc2217://127.0.0.1:1", "cannot open rfc2217://127.0.0.1:1", "cable"),
        ("monitor --port nonsense://", "cannot open nonsense://", "cable"),
        ("flash smart_pole --port no-port", "cannot open no-port: it does not exist", "cable"),
        ("flash smart_pole --port x --images empty", "manifest.json: No such file", "citynode build"),
        (
            "flash smart_pole --port x --images nowhere",
            "nowhere/manifest.json: No such file",
            "citynode build",
        ),
        ("flash smart_pole --port x --images text.txt", "Not a directory", "citynode build"),
        ("micropython add text.txt", "text.txt is not an ESP image", "micropython.org/download"),
        ("micropython add empty.bin", "empty.bin is not an ESP image", "micropython.org/download"),
        ("micropython add stand-in.bin", "stand-in for simulated chips, not MicroPython", "micropython.org"),
        ("micropython add cut-off.bin", "cut-off.bin: the image is cut off", "micropython.org"),
        ("micropython add nothing.bin", "nothing.bin: No such file", "Check the path"),
    ],
)
def test_bad_input(capsys, arguments, message, hint):
    fails(capsys, arguments.split(" "), message, hint)


@pytest.mark.parametrize(
    ("arguments", "message", "command"),
    [
        ("fly", "No such command 'fly'", "citynode"),
        ("boards fly", "No such command 'fly'", "citynode boards"),
        ("flash", "Missing argument 'board'", "citynode flash"),
        ("flash smart_pole", "Missing option '--port'", "citynode flash"),
        ("flash smart_pole --prot x", "No such option: --prot", "citynode flash"),
        ("provision --port x", "Missing option '--server'", "citynode provision"),
        (
            "provision --port x --server y --report-every 0",
            "greater than or equal to 1",
            "citynode provision",
        ),
        (
            "provision --port x --server y --report-every 86401",
            "less than or equal to 86400",
            "citynode provision",
        ),
        ("collect --port 65536", "less than or equal to 65535", "citynode collect"),
        ("collect --port five", "Invalid value for '--port'", "citynode collect"),
        ("simulate smart_pole --boards 0", "greater than or equal to 1", "citynode simulate"),
        ("simulate smart_pole --seed x", "Invalid value for '--seed'", "citynode simulate"),
        (
            "command n lamp --timeout 99999999999999999999",
            "less than or equal to 2592000",
            "citynode command",
        ),
        ("telemetry n --last 0", "greater than or equal to 1", "citynode telemetry"),
        ("micropython add", "Missing argument 'file'", "citynode micropython add"),
        ("micropython add empty", "'empty' is a directory", "citynode micropython add"),
    ],
)
def test_wrong_usage(capsys, arguments, message, command):
    fails(capsys, arguments.split(" "), message, f"`{command} --help` says more.", code=2)


def spoil_image(folder):
    data = bytearray((folder / "vfs.bin").read_bytes())
    data[4096] ^= 1
    (folder / "vfs.bin").write_bytes(data)


def change_manifest(**changes):
    def change(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))

    return change


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (spoil_image, "vfs.bin is corrupt: its SHA-256 is not the manifest's"),
        (lambda folder: (folder / "bootloader.bin").unlink(), "bootloader.bin: No such file"),
        (change_manifest(board="bright_pole"), "is for bright_pole (esp32s3), not for smart_pole (esp32s3)"),
        (change_manifest(chip="esp32"), "is for smart_pole (esp32), not for smart_pole (esp32s3)"),
        (change_manifest(schema_id=1), "was built from another state of the board file"),
        (change_manifest(flash_size="4MB"), "was built from another state of the board file"),
        (change_manifest(parts="all"), "not a bundle's manifest: parts: "),
    ],
)
def test_a_bundle_that_is_not_flashed(capsys, folder, spoil, message):
    bundles.build(POLE, use_stand_in=True).save(folder / "images")
    spoil(folder / "images")
    fails(capsys, ["flash", "smart_pole", "--port", "x", "--images", "images"], message, "citynode build")


def test_a_stand_in_is_not_flashed_onto_a_real_chip(capsys):
    with on_bench("esp32s3", POLE.flash_bytes, REAL_MAC) as bench:
        arguments = ["flash", "smart_pole", "--port", bench.port.url]
        outcome = run_here(capsys, *arguments, "--json")
        assert bench.flash.read(0, POLE.flash_bytes) == b"\xff" * POLE.flash_bytes
    assert outcome.code == 1
    told = json.loads(outcome.err)
    assert told["error"].startswith("the chip 7c:df:a1:00:00:01 is a real one")
    assert "citynode micropython add FILE" in told["hint"]


def test_the_official_image_is_flashed_onto_a_real_chip(capsys, folder):
    (folder / "official.bin").write_bytes(combined(S3, app_image(S3)))
    assert run_here(capsys, "micropython", "add", "official.bin").code == 0
    with on_bench("esp32s3", POLE.flash_bytes, REAL_MAC) as bench:
        outcome = run_here(capsys, "flash", "smart_pole", "--port", bench.port.url, "--json")
        assert bench.wait_for_boot().ok
    assert outcome.json["mac"] == "7c:df:a1:00:00:01"
    assert outcome.json["bytes"] == sum(len(part.data) for part in bundles.build(POLE).parts)


def test_another_chip_on_the_port(capsys):
    with on_bench("esp32c3", POLE.flash_bytes) as bench:
        outcome = run_here(capsys, "flash", "smart_pole", "--port", bench.port.url)
    assert outcome.code == 1
    assert "error: the chip is an ESP32-C3, the bundle is for an ESP32-S3\nhint: " in outcome.err


def test_a_port_that_another_collector_has(capsys):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        message = f"cannot listen on 127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}"
        fails(capsys, ["collect", "--port", port], message, "--port 0 takes any free port")


def test_a_database_that_another_program_holds(capsys, monkeypatch, folder):
    monkeypatch.setattr("host_tools.collector.store.BUSY_TIMEOUT_S", 0.01)
    holder = sqlite3.connect(folder / "known.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    arguments = ["command", NODE, "lamp", "5", "--no-wait", "--db", "known.db"]
    fails(capsys, arguments, "database is locked", "no other program hold it")
    holder.close()


def test_a_file_that_is_no_database_is_left_as_it_was(capsys, folder):
    file = folder / "text.txt"
    file.chmod(0o644)
    assert run_here(capsys, "telemetry", NODE, "--db", file).code == 1
    assert file.read_text() == "hello, this is text\n"
    assert file.stat().st_mode & 0o777 == 0o644


def answers(monkeypatch, result):
    monkeypatch.setattr("host_tools.cli.command.wait_result", lambda store, command_id, timeout: result)
    return ["command", NODE, "lamp", "50", "--timeout", "7", "--db", "known.db", "--json"]


def test_a_node_that_does_not_answer(capsys, monkeypatch):
    outcome = run_here(capsys, *answers(monkeypatch, None))
    assert (outcome.code, outcome.out) == (1, "")
    assert json.loads(outcome.err)["error"] == f"{NODE} has not answered within 7 s"
    assert "citynode collect" in json.loads(outcome.err)["hint"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.UNKNOWN_COMMAND, "unknown command"),
        (Status.BAD_ARGUMENT, "bad argument"),
        (Status.EXPIRED, "expired"),
        (Status.FAILED, "failed"),
    ],
)
def test_a_node_that_answers_no(capsys, monkeypatch, status, words):
    outcome = run_here(capsys, *answers(monkeypatch, Result(1, status, "because [/] of it")))
    assert (outcome.code, outcome.out) == (1, "")
    assert json.loads(outcome.err)["error"] == f"{NODE} answers lamp: {words} (because [/] of it)"


def test_a_node_that_says_yes_in_words_that_look_like_markup(capsys, monkeypatch):
    arguments = answers(monkeypatch, Result(1, Status.DONE, "[/] :smile:"))
    assert run_here(capsys, *arguments).json["detail"] == "[/] :smile:"
    assert run_here(capsys, *arguments[:-1]).out.endswith(f"{NODE} lamp: done, [/] :smile:\n")


def test_a_command_that_is_not_waited_for(capsys, folder):
    arguments = ("command", NODE, "lamp", "50", "now", "--no-wait", "--db", "known.db", "--json")
    assert run_here(capsys, *arguments).json == {"command": 1, "node": NODE, "status": "queued"}
    store = Store(folder / "known.db")
    (command,) = store.waiting_commands(NODE, 0)
    store.close()
    assert (command.name, command.args) == ("lamp", [50, "now"])
