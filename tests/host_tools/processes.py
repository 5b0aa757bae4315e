"""The `citynode` command for tests: in this process, or as processes that users would start."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import pytest

from host_tools.cli import main

CITYNODE = [sys.executable, "-c", "from host_tools.cli import main; main()"]
PATIENCE_S = 120  # far more than anything takes; only a failing test waits so long


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def json_lines(self) -> list:
        return [json.loads(line) for line in self.out.splitlines()]


def run_here(capsys: pytest.CaptureFixture, *arguments: object) -> Outcome:
    """The command in this process, which is fast; what would be a traceback fails the test."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["citynode", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
    return Outcome(caught.value.code or 0, *capsys.readouterr())


def run(*arguments: object) -> Outcome:
    """The command as a process of its own."""
    done = subprocess.run(
        [*CITYNODE, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE_S
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


class Running:
    """A command that goes on until it is stopped; `said` is what it printed so far."""

    def __init__(self, *arguments: object):
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [*CITYNODE, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def line(self) -> str:
        """The next line, waiting for it."""
        try:
            line = self._lines.get(timeout=PATIENCE_S)
        except Empty:
            raise AssertionError(f"silent for {PATIENCE_S} s; before: {self.said}") from None
        assert line is not None, f"it ended; it said: {self.said}"
        self.said.append(line)
        return line

    def value(self):
        """The next line, which is JSON."""
        return json.loads(self.line())

    def value_where(self, wanted: Callable[[dict], bool]) -> dict:
        """The next JSON line that is wanted; others are passed over."""
        while not wanted(value := self.value()):
            pass
        return value

    def stop(self, signal_number: int) -> int:
        """Send a signal, wait for the end; returns the exit code."""
        self._process.send_signal(signal_number)
        code = self._process.wait(PATIENCE_S)
        self._reader.join()
        while (line := self._lines.get()) is not None:
            self.said.append(line)
        return code

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)
