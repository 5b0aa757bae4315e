"""`citynode simulate --serve --flash-file`: a board whose flash outlives the run."""

import signal

import pytest

from tests.host_tools.processes import Running, run_here


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--serve", "--flash-file", "short"], "short has 100 bytes, the flash has 8388608"),
        (["--serve", "--flash-file", "nowhere/flash"], "No such file"),
        (["--serve", "--boards", "2", "--flash-file", "short"], "--flash-file is for one board"),
        (["--flash-file", "short"], "--flash-file go with --serve"),
    ],
)
def test_flash_files_that_are_refused(capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_bytes(bytes(100))
    outcome = run_here(capsys, "simulate", "smart_pole", "--blank", *arguments)
    assert outcome.code == 1 and message in outcome.err and "hint: " in outcome.err
    assert (tmp_path / "short").read_bytes() == bytes(100)


def test_a_served_board_keeps_its_flash(tmp_path):
    path = tmp_path / "flash"
    for _ in range(2):
        arguments = ("--serve", "--blank", "--flash-file", path, "--json")
        with Running("simulate", "smart_pole", *arguments) as simulation:
            simulation.value()
            assert simulation.stop(signal.SIGINT) == 0
        content = bytearray(path.read_bytes())
        assert content.count(0) == (0 if content[5] else 1)
        content[5] = 0
        path.write_bytes(content)
    assert len(content) == 8388608 and content.count(0) == 1
