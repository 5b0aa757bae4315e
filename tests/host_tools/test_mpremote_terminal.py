"""`mpremote repl`, as a person at a terminal uses it."""

import os
import select
import subprocess
import time

import pytest

from tests.host_tools.mpremote_bench import MPREMOTE, TIMEOUT_S, serve

if os.name == "posix":
    import pty
    import tty

CTRL_C, CTRL_D, CTRL_J, CTRL_K, LEAVE = b"\x03", b"\x04", b"\n", b"\x0b", b"\x1d"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")


class Terminal:
    """A terminal in which mpremote runs."""

    def __init__(self, board, *arguments):
        self._screen, theirs = pty.openpty()
        tty.setraw(theirs)  # as mpremote does, but only after it has said that it is ready
        command = [*MPREMOTE, "connect", board.addresses.pty, "repl", *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self._unread = b""
        self.until(b"Ctrl-] or Ctrl-x to exit this shell")

    def until(self, wanted):
        """Everything that appears up to `wanted`, which is included."""
        give_up = time.monotonic() + TIMEOUT_S
        while wanted not in self._unread:
            ready, _, _ = select.select([self._screen], [], [], max(0, give_up - time.monotonic()))
            assert ready, f"no {wanted!r} in {self._unread!r}"
            self._unread += os.read(self._screen, 4096)
        shown, found, self._unread = self._unread.partition(wanted)
        return shown + found

    def type(self, keys, until):
        os.write(self._screen, keys)
        return self.until(until)

    def leave(self):
        os.write(self._screen, LEAVE)
        assert self._process.wait(TIMEOUT_S) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._screen)


@pytest.fixture(scope="module")
def board():
    board = serve({"main.py": b"print('main runs')\n"})
    yield board
    board.close()


def test_typing_interrupting_resetting_and_leaving(board):
    with Terminal(board) as terminal:
        assert b"\r\n42\r\n" in terminal.type(b"\r6 * 7\r", b"42\r\n>>> ")
        terminal.type(b"name = input('who? ')\r", b"\r\nwho? ")
        terminal.type(b"pole\r", b"pole\r\n>>> ")
        terminal.type(b"while True: print(name)\r\r", b"pole\r\npole\r\n")
        assert terminal.type(CTRL_C, b"KeyboardInterrupt: \r\n>>> ").count(b"Traceback") == 1
        terminal.type(b"while True: pass\r\r", b"\r\n... \r\n")
        terminal.type(CTRL_C, b"KeyboardInterrupt: \r\n>>> ")
        terminal.type(CTRL_D, b"MPY: soft reboot\r\nmain runs\r\n")
        terminal.until(b">>> ")
        terminal.type(b"name\r", b"NameError: name 'name' isn't defined\r\n>>> ")
        terminal.leave()


def test_capture_and_injected_code(board, tmp_path):
    program, copy = tmp_path / "program.py", tmp_path / "copy.txt"
    program.write_text("print('from the' + ' file')\n")
    arguments = ["--capture", copy, "--inject-code", "print(2 ** 10)\\n", "--inject-file", program]
    with Terminal(board, *arguments) as terminal:
        terminal.type(b"\r", b">>> ")
        terminal.type(CTRL_J, b"\r\n1024\r\n")
        terminal.type(CTRL_K, b"from the file\r\n")
        terminal.until(b">>> ")
        terminal.leave()
    assert b"\r\n1024\r\n" in copy.read_bytes()
