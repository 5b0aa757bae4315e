"""`simulate --record` and `monitor --capture`: dialogues into files."""

import os
import threading
import time

import pytest

from host_tools.dialogue import read_records
from tests.host_tools.processes import run_here

pty = pytest.importorskip("pty")  # POSIX only


def records(file):
    return list(read_records(file.read_text().splitlines()))


def test_a_run_is_written_down(capsys, tmp_path):
    file = tmp_path / "dialogue.txt"
    outcome = run_here(capsys, "simulate", "smart_pole", "--for", "3m", "--record", str(file))
    assert outcome.code == 0
    said = records(file)
    assert file.read_text().startswith("# smart_pole-54cef2, seed 0\n")
    assert any(record.direction == ">" and record.data.startswith(b"AT+QISEND") for record in said)
    assert any(record.direction == "<" and b"SEND OK" in record.data for record in said)
    assert [r.time_us for r in said] == sorted(r.time_us for r in said) and said[-1].time_us > 120e6


def test_a_scenario_is_written_down_too(capsys, tmp_path):
    scenario, file = tmp_path / "s.toml", tmp_path / "dialogue.txt"
    scenario.write_text('title = "t"\nduration = "1m"\n')
    arguments = ("--scenario", str(scenario), "--record", str(file), "--seed", "4")
    assert run_here(capsys, "simulate", "smart_pole", *arguments).code == 0
    assert "seed 4" in file.read_text() and records(file)


@pytest.mark.parametrize("other", ["--serve", "--boards 2"])
def test_recording_is_for_one_board_in_virtual_time(capsys, tmp_path, other):
    outcome = run_here(capsys, "simulate", "smart_pole", "--record", str(tmp_path / "x"), *other.split())
    assert outcome.code == 1 and "--record is for one board" in outcome.err


def test_capture_of_both_directions(capsys, tmp_path):
    file = tmp_path / "captured.txt"
    (modem, modem_port), (board, board_port) = pty.openpty(), pty.openpty()

    def talk():
        time.sleep(0.5)
        os.write(board, b"AT+CSQ\r")
        time.sleep(0.5)
        os.write(modem, b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n")

    talker = threading.Thread(target=talk)
    talker.start()
    outcome = run_here(
        capsys,
        *("monitor", "--port", os.ttyname(modem_port), "--board-port", os.ttyname(board_port)),
        *("--capture", str(file), "--for", "3"),
    )
    talker.join()
    for handle in (modem, modem_port, board, board_port):
        os.close(handle)
    assert outcome.code == 0 and "+CSQ: 20,99" in outcome.out.splitlines()
    said = records(file)
    assert b"".join(r.data for r in said if r.direction == ">") == b"AT+CSQ\r"
    assert b"".join(r.data for r in said if r.direction == "<") == b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n"
    assert said[0].direction == ">" and said[-1].time_us > said[0].time_us


def test_the_board_s_port_goes_with_a_capture(capsys):
    outcome = run_here(capsys, "monitor", "--port", "x", "--board-port", "y")
    assert outcome.code == 1 and "--board-port goes with --capture" in outcome.err
