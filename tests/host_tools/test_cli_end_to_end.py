"""A pole from blank flash to a dimmed lamp and back, with the commands and tools that a user has."""

import signal
import socket
import sqlite3
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from host_tools.boards import find_board
from tests.host_tools.processes import PATIENCE_S, Running, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by signals")

BLANK = "does not boot: flash is blank: no bootloader at 0x0"


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def done(*arguments):
    """What a command that must succeed prints as JSON; it is quiet on stderr."""
    outcome = run(*arguments, "--json")
    assert (outcome.code, outcome.err) == (0, ""), outcome
    return outcome.json


def erase_with_esptool(port):
    command = [sys.executable, "-m", "esptool", "--port", port, "--before", "default-reset", "erase-flash"]
    tool = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert tool.returncode == 0, tool.stdout + tool.stderr


def secrets_of(db, node):
    connection = sqlite3.connect(db)
    (secrets,) = connection.execute(
        "SELECT master_secret, master_salt FROM nodes WHERE node = ?", (node,)
    ).fetchall()
    connection.close()
    assert list(map(len, secrets)) == [16, 8]
    return secrets


def test_from_blank_flash_to_a_dimmed_lamp_and_back():
    with (
        Running("collect", "--port", "0", "--json") as collector,
        Running("simulate", "smart_pole", "--serve", "--blank", "--json") as simulation,
    ):
        started = collector.value()
        (board,) = simulation.value()["boards"]
        node, port = board["node"], board["serial"]
        assert simulation.value() == {"node": node, "notice": BLANK}

        flashed = done("flash", "smart_pole", "--port", port)
        assert (flashed["board"], flashed["chip"]) == ("smart_pole", "ESP32-S3")
        assert simulation.value_where(lambda told: told["notice"] == "MicroPython starts")

        options = ("--server", started["listening"], "--report-every", "2")
        provisioned = done("provision", "--port", port, *options)
        assert provisioned == {
            "node": node,
            "product": "smart_pole",
            "mac": flashed["mac"],
            "server": started["listening"],
            "security": "oscore",
            "crews": 0,
        }
        bright = collector.value()
        assert bright["node"] == node and bright["points"]["lamp_level"] == 100
        assert done("telemetry", node)["points"]["lamp_level"] == 100

        answer = done("command", node, "lamp", "60")
        assert answer == {"command": 1, "node": node, "status": "done", "detail": "60 %"}
        dim = collector.value_where(lambda said: said.get("points", {}).get("lamp_level") == 60)
        assert 0 < dim["points"]["current"] < 0.8 * bright["points"]["current"]
        latest = done("telemetry", node)["points"]
        assert (latest["lamp_level"], latest["current"] < bright["points"]["current"]) == (60, True)

        refused = run("command", node, "lamp", "500", "--json")
        assert refused.code == 1 and f"{node} answers lamp: bad argument" in refused.err

        erase_with_esptool(port)
        assert simulation.value_where(lambda told: told["notice"] == BLANK)["node"] == node

        assert simulation.stop(signal.SIGTERM) == 0
        assert collector.stop(signal.SIGINT) == 0
        everything = " ".join(simulation.said + collector.said)
        assert "Traceback" not in everything
        for secret in secrets_of(started["db"], node):
            assert secret.hex() not in everything


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_served_boards_with_a_client_connected(number):
    with Running("simulate", "smart_pole", "--serve", "--json", "--boards", "2") as simulation:
        ports = [urlsplit(board["serial"]) for board in simulation.value()["boards"]]
        events = [simulation.value()["notice"] for _ in ports]
        assert events == ["MicroPython starts"] * 2
        with socket.create_connection((ports[0].hostname, ports[0].port)):  # and it never reads
            assert simulation.stop(number) == 0
        assert len(simulation.said) == 3  # nothing was said on the way out
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((port.hostname, port.port))


def test_served_boards_in_words(own_data_folder):
    with Running("simulate", "smart_pole", "--serve", "--blank") as simulation:
        node, serial, pty = simulation.line().split()
        assert serial.startswith("rfc2217://127.0.0.1:") and pty.startswith("/dev/")
        assert simulation.line() == "Ctrl-C ends them"
        assert simulation.line() == f"{node}: {BLANK}"
        assert simulation.stop(signal.SIGINT) == 0
    assert list(own_data_folder.iterdir()) == []  # a blank board is not in the database


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_collector(number):
    with Running("collect", "--host", "localhost", "--port", "0") as collector:
        assert collector.line().startswith("listening on 127.0.0.1:")
        assert collector.stop(number) == 0
        assert len(collector.said) == 1


def test_a_collector_for_benches_says_so():
    with Running("collect", "--port", "0", "--plaintext") as collector:
        assert collector.line().startswith("listening on 127.0.0.1:")
        assert collector.line() == "NODES WITHOUT PROTECTION ARE LET IN: for a bench only"
        assert collector.stop(signal.SIGTERM) == 0


def test_a_board_of_ones_own_is_watched_while_it_reports(tmp_path):
    """The collector is told of the board file; without it, it could not read the reports."""
    own = tmp_path / "own.toml"
    text = find_board("smart_pole").read_text()
    own.write_text(text.replace("voltage = {", "mains = {").replace("_s = 60 ", "_s = 1 "))
    with Running("collect", "--port", "0", "--json", "--board", own) as collector:
        server = ("--server", collector.value()["listening"])
        with (
            Running("simulate", own, "--serve", "--json", *server) as simulation,
            Running("monitor", "--port", simulation.value()["boards"][0]["serial"], "--json") as monitor,
        ):
            report = collector.value()
            assert 200 < report["points"]["mains"] < 240
            assert "mains" in done("telemetry", report["node"], "--board", own)["points"]
            assert done("telemetry", report["node"])["points"] is None

            assert monitor.value_where(lambda value: "acknowledged" in value["line"])
            assert simulation.stop(signal.SIGTERM) == 0
            assert "is gone" in monitor.value_where(lambda value: "error" in value)["error"]
        assert collector.stop(signal.SIGTERM) == 0
