"""Unmodified mpremote on a served board: what a person at a desk does with a chip on a cable."""

import hashlib
import os
import subprocess
import sys
import threading
import time

import pytest

from tests.host_tools.mpremote_bench import MPREMOTE, TIMEOUT_S, mpremote, run, serve

BUSY = b"count = 0\nwhile True:\n    try:\n        count += 1\n    except Exception:\n        pass\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals, which are faster")


@pytest.fixture(scope="module")
def idle():
    """A board at its prompt; each test uses file names of its own."""
    board = serve({"boot.py": b""})
    yield board
    board.close()


@pytest.fixture
def busy():
    """A board whose program calls nothing, and takes no exception for an answer but Ctrl-C."""
    board = serve({"main.py": BUSY})
    time.sleep(1)  # let it get there
    yield board
    board.close()


# --- fs


def test_files_there_and_back(idle, tmp_path):
    content = bytes(range(256)) * 5
    there, back = tmp_path / "größe.bin", tmp_path / "back.bin"
    there.write_bytes(content)
    shown = mpremote(
        idle, "cp", there, ":", "+", "cp", ":größe.bin", back, "+", "sha256sum", "größe.bin", "+", "touch",
        "empty", "+", "ls", "+", "cp", there, ":", "+", "rm", "größe.bin", "empty", "+", "ls"
    )  # fmt: skip
    assert back.read_bytes() == content
    assert hashlib.sha256(content).hexdigest() in shown
    before, after = shown.split("ls :\n")[1:]
    assert f"{1280:12} größe.bin\n" in before and f"{0:12} empty\n" in before
    assert "Up to date: ./größe.bin\n" in before
    assert after == f"{0:12} boot.py\n"


def test_folders_there_and_back(idle, tmp_path):
    tree = {"a.txt": "first\n", "sub/b.txt": "zweite\u00df\n", "sub/deep/c.txt": ""}
    for name, text in tree.items():
        (tmp_path / "there" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "there" / name).write_text(text)
    shown = mpremote(
        idle, "cp", "-r", tmp_path / "there", ":", "+", "tree", "there", "+", "cat", "there/sub/b.txt", "+",
        "mkdir", "other", "+", "cp", "-r", ":there", tmp_path / "back", "+", "rmdir", "other", "+",
        "rm", "-r", "there", "+", "ls"
    )  # fmt: skip
    back = {
        p.relative_to(tmp_path / "back").as_posix(): p.read_text() for p in (tmp_path / "back").rglob("*.txt")
    }
    assert back == tree
    assert "├── a.txt\n└── sub\n    ├── b.txt\n    └── deep\n        └── c.txt\n" in shown
    assert "zweite\u00df\n" in shown
    assert shown.endswith(f"ls :\n{0:12} boot.py\n")


def test_what_is_not_there_is_an_error(idle):
    assert "No such file or directory" in mpremote(idle, "cat", "nothing", fails=True)
    assert "No such file or directory" in mpremote(idle, "rmdir", "nothing", fails=True)


def test_df_names_the_file_system(idle):
    lines = mpremote(idle, "df").splitlines()
    assert lines[0].split()[:2] == ["filesystem", "size"]
    assert lines[1].startswith("<VfsLfs2>") and lines[1].endswith("/") and len(lines) == 2


def test_edit(idle, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "second line" >> "$1"\n')
    editor.chmod(0o755)
    mpremote(idle, "exec", "open('edited.txt', 'w').write('first line\\n')")
    mpremote(idle, "edit", "edited.txt", "new.txt", env={**os.environ, "EDITOR": str(editor)})
    shown = mpremote(idle, "cat", "edited.txt", "+", "cat", "new.txt", "+", "rm", "edited.txt", "new.txt")
    assert shown.startswith("first line\nsecond line\nsecond line\n")


# --- programs


def test_exec_eval_run(idle, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("for n in range(3):\n    print('line', n)\n")
    shown = mpremote(
        idle, "exec", "x = 6", "eval", "x * 7", "run", program, "soft-reset", "eval", "'x' in dir()"
    )
    assert shown == "42\nline 0\nline 1\nline 2\nFalse\n"
    assert "ZeroDivisionError" in mpremote(idle, "exec", "1/0", fails=True)


def test_output_comes_while_the_program_runs(idle):
    source = "import time\nprint('first')\ntime.sleep(2)\nprint('last')"
    command = [*MPREMOTE, "connect", idle.addresses.pty, "exec", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"first\r\n"
        first = time.monotonic()
        assert process.stdout.readline() == b"last\r\n"
        assert time.monotonic() - first > 1


def test_a_client_that_leaves_the_program_running_and_comes_back(idle):
    mpremote(idle, "exec", "seen = 1")
    for seen in (1, 2, 3):
        assert mpremote(idle, "resume", "exec", "print(seen); seen += 1") == f"{seen}\n"
    mpremote(idle, "exec", "--no-follow", "import time; time.sleep(100)")
    assert mpremote(idle, "eval", "'seen' in dir()") == "False\n"


def test_many_connections_in_a_row(idle):
    for port in (idle.addresses.pty, idle.addresses.serial):
        for number in range(4):
            assert run(port, "eval", number) == f"{number}\n"


def test_a_long_program_and_a_long_output(idle, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("count = 0\n" + "count += 1  # größer\n" * 500 + "print('x' * 20_000, count)\n")
    for port in (idle.addresses.pty, idle.addresses.serial):
        assert run(port, "run", program) == "x" * 20_000 + " 500\n"


def test_raw_paste_is_what_the_tool_uses(idle):
    assert mpremote(idle, "eval", "6 * 7") == "42\n"
    assert b">R\x01\x80\x00\x01\x0442\r\n\x04\x04>" in idle.simulated.chip.console.history


def test_rtc(idle):
    year = time.localtime().tm_year
    shown = mpremote(idle, "rtc", "--set", "rtc", "eval", "__import__('time').localtime()[0]")
    assert shown.startswith(f"({year}, ") and shown.endswith(f"\n{year}\n")


def test_reset_starts_main_again(idle):
    main = "with open('main.py', 'w') as f:\n    f.write('import machine; why = machine.reset_cause()')"
    mpremote(idle, "exec", main, "reset")
    assert mpremote(idle, "sleep", "1", "resume", "eval", "why", "rm", "main.py").startswith("2\n")


def test_bootloader_is_what_esptool_finds():
    board = serve({})
    try:
        run(board.addresses.serial, "bootloader")
        time.sleep(0.5)
        command = [sys.executable, "-m", "esptool", "--port", board.addresses.serial, "--before", "no-reset"]
        result = subprocess.run([*command, "read-mac"], capture_output=True, timeout=TIMEOUT_S)
        assert board.simulated.mac.hex(":") in result.stdout.decode(), result.stdout.decode()
    finally:
        board.close()


# --- folders and packages of the PC


def test_mount(idle, tmp_path):
    (tmp_path / "helper.py").write_text("def answer():\n    return 'from the PC'\n")
    (tmp_path / "data.bin").write_bytes(bytes(range(256)))
    source = (
        "import helper, os; print(helper.answer(), os.getcwd(), sum(open('data.bin', 'rb').read()));"
        "open('back.txt', 'w').write('from the chip')"
    )
    shown = mpremote(idle, "mount", tmp_path, "exec", source, "umount")
    assert f"from the PC /remote {sum(range(256))}\n" in shown
    assert (tmp_path / "back.txt").read_text() == "from the chip"


def test_mip_installs_a_local_package(idle, tmp_path):
    (tmp_path / "part.py").write_text("value = 42\n")
    (tmp_path / "package.json").write_text('{"urls": [["part/__init__.py", "part.py"]], "version": "1"}')
    mpremote(idle, "mip", "install", "--no-mpy", tmp_path / "package.json")
    assert mpremote(idle, "eval", "__import__('part').value", "rm", "-r", "lib").startswith("42\n")


# --- a program that calls nothing


def test_ctrl_c_ends_a_loop_that_calls_nothing(busy):
    """Also the one that starts again after a reset."""
    assert mpremote(busy, "resume", "eval", "count > 1000", "reset") == "True\n"
    assert mpremote(busy, "sleep", "1", "resume", "eval", "count > 1000") == "True\n"


def test_a_main_that_never_ends_can_be_removed(busy):
    assert mpremote(busy, "rm", "main.py", "+", "ls").endswith("ls :\n")
    mpremote(busy, "reset")
    assert mpremote(busy, "sleep", "1", "resume", "eval", "'count' in dir()") == "False\n"


def test_power_off_ends_a_loop_that_calls_nothing():
    before = threading.active_count()
    board = serve({"main.py": BUSY})
    time.sleep(1)
    assert threading.active_count() > before
    board.close()
    assert threading.active_count() == before


def test_a_reset_by_rts_ends_a_loop_that_calls_nothing(busy):
    command = [sys.executable, "-m", "esptool", "--port", busy.addresses.serial, "read-mac"]
    result = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S)
    assert busy.simulated.mac.hex(":") in result.stdout.decode(), result.stdout.decode()
