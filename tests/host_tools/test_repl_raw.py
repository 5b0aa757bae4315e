"""The raw REPL, byte by byte: plain raw mode, raw-paste mode, their errors."""

import pytest

from tests.host_tools.board_bench import CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E, BoardBench

BANNER = b"raw REPL; CTRL-B to exit\r\n>"
PASTE = CTRL_E + b"A" + CTRL_A
ACCEPTED = b"R\x01\x80\x00\x01"  # a window of 128 bytes, and one more is free
ZERO_DIVISION = (
    b'Traceback (most recent call last):\r\n  File "<stdin>", line 2, in <module>\r\n'
    b"ZeroDivisionError: divide by zero\r\n"
)
SYNTAX_ERROR = (
    b'Traceback (most recent call last):\r\n  File "<stdin>", line 1\r\nSyntaxError: invalid syntax\r\n'
)
INTERRUPTED = (
    b'Traceback (most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nKeyboardInterrupt: \r\n'
)


def raw(*typed, files=None):
    """What comes after raw mode's first prompt, when each of `typed` is typed, one a second."""
    bench = BoardBench(files or {})
    shown = bytearray()
    bench.chip.console.listeners.append(shown.extend)
    for second, data in enumerate((CTRL_A, *typed), start=1):
        bench.type_at(second, data)
    bench.run(len(typed) + 2)
    return bytes(shown).partition(BANNER)[2]


def in_raw_mode(source):
    """What the console shows of a program: output, then its traceback."""
    shown = raw(source + CTRL_D)
    assert shown.startswith(b"OK") and shown.endswith(b"\x04>")
    return shown[2:-2].split(b"\x04")


def pasted(source):
    shown = raw(PASTE, source + CTRL_D)
    head = ACCEPTED + b"\x01" * (len(source) // 128) + b"\x04"
    assert shown.startswith(head) and shown.endswith(b"\x04>")
    return shown[len(head) : -2].split(b"\x04")


@pytest.mark.parametrize("run", [in_raw_mode, pasted])
@pytest.mark.parametrize(
    ("source", "output", "traceback"),
    [
        (b"print('hi')\n1/0", b"hi\r\n", ZERO_DIVISION),
        (b"pass", b"", b""),
        (b"if x\n", b"", SYNTAX_ERROR),
        ("print('größe')\n".encode(), "größe\r\n".encode(), b""),
        (b"print(b'\xff\xfc')", b"b'\\xff\\xfc'\r\n", b""),
        (b"x = 0\n" + b"x += 1\n" * 300 + b"print(x)", b"300\r\n", b""),
        (b"# 128 bytes".ljust(127) + b"\n", b"", b""),
        (b"import sys\nsys.stdout.buffer.write(b'\\n')", b"\n", b""),
    ],
    ids=["exception", "silent", "syntax", "unicode", "bytes", "long", "window", "buffer"],
)
def test_a_program(run, source, output, traceback):
    assert run(source) == [output, traceback]


@pytest.mark.parametrize("run", [lambda source: source + CTRL_D, lambda source: PASTE + source + CTRL_D])
def test_ctrl_c_ends_a_program_but_not_raw_mode(run):
    shown = raw(run(b"import time; time.sleep(1000)"), CTRL_C, b"print(1)" + CTRL_D)
    assert shown.endswith(b"\x04" + INTERRUPTED + b"\x04>OK1\r\n\x04\x04>")


@pytest.mark.parametrize("ask", [b"raise SystemExit", b"import machine; machine.soft_reset()"])
def test_a_pasted_program_may_ask_for_a_soft_reset(ask):
    shown = raw(PASTE + ask + CTRL_D, b"print(1)" + CTRL_D, files={"boot.py": "print('boot')"})
    assert shown == ACCEPTED + b"\x04\x04\x04MPY: soft reboot\r\nboot\r\n" + BANNER + b"OK1\r\n\x04\x04>"


def test_names_last_from_one_mode_to_the_other():
    shown = raw(b"x = 1" + CTRL_D, PASTE + b"x += 1" + CTRL_D, b"print(x)" + CTRL_D, CTRL_B, b"x\r")
    assert b"OK2\r\n\x04\x04>\r\nMicroPython" in shown
    assert shown.endswith(b">>> x\r\n2\r\n>>> ")


def test_the_window_opens_for_each_128_bytes_that_came_in():
    shown = raw(PASTE, b"#" * 127, b"#", b"#" * 257, b"\n" + CTRL_D)
    assert shown == ACCEPTED + b"\x01" + b"\x01\x01" + b"\x04\x04\x04>"


def test_output_comes_while_a_pasted_program_runs():
    source = b"import time\nprint(1)\ntime.sleep(1.5)\nprint(2)"
    assert raw(PASTE + source + CTRL_D).endswith(b"\x041\r\n")
    assert raw(PASTE + source + CTRL_D, b"").endswith(b"\x041\r\n2\r\n\x04\x04>")


def test_a_pasted_program_reads_what_comes_after_it():
    shown = raw(PASTE + b"import sys; print(sys.stdin.read(2))" + CTRL_D + b"ab")
    assert shown == ACCEPTED + b"\x04ab\r\n\x04\x04>"


def test_ctrl_c_breaks_a_paste_off():
    shown = raw(PASTE + b"print(1", CTRL_C, b"print(2)" + CTRL_D)
    assert shown == ACCEPTED + b"\x04\x04KeyboardInterrupt: \r\n\x04>OK2\r\n\x04\x04>"


def test_requests_for_other_modes():
    assert raw(CTRL_E + b"B" + CTRL_A, b"print(1)" + CTRL_D) == b"R\x00>OK1\r\n\x04\x04>"
    assert raw(b" " + PASTE) == BANNER
    assert raw(b"dropped" + CTRL_C + b"print(2)" + CTRL_D) == b"OK2\r\n\x04\x04>"


def test_however_slowly_raw_paste_is_asked_for():
    assert raw(CTRL_E, b"A", CTRL_A) == ACCEPTED


def test_a_soft_reset_in_raw_mode_runs_boot_only_and_stays_raw():
    files = {"boot.py": "print('boot')", "main.py": "print('main')"}
    shown = raw(CTRL_D, b"print(3)" + CTRL_D, CTRL_B, files=files)
    assert shown.startswith(
        b"OK\r\nMPY: soft reboot\r\nboot\r\n" + BANNER + b"OK3\r\n\x04\x04>\r\nMicroPython"
    )
    assert b"main\r\n" not in shown and shown.endswith(b">>> ")
