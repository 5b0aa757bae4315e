"""The console: boot.py, main.py, the REPL in its modes, Ctrl-C, resets; all in virtual time."""

import pytest

from host_tools.simulator.buses import SerialDevice
from tests.host_tools.board_bench import CTRL_A, CTRL_B, CTRL_C, CTRL_D, BoardBench, printed, run_main

PROMPT = ">>> "
BOOT_AND_MAIN = {"boot.py": "print('boot')", "main.py": "print('main')"}
RAW_BANNER = "raw REPL; CTRL-B to exit\r\n>"


def session(files, *typed, seconds=None):
    """What the console shows when each text of `typed` is typed, one a second; from the first prompt on."""
    bench = BoardBench(files)
    for second, data in enumerate(typed, start=1):
        bench.type_at(second, data if isinstance(data, bytes) else data.encode())
    shown = bench.run(seconds or len(typed) + 1)
    return shown


def after_prompt(shown):
    return shown.partition(PROMPT)[2]


def test_boot_runs_before_main_and_they_share_their_names():
    files = {"boot.py": "name = 'from boot'\nprint('boot')", "main.py": "print('main', name, __name__)"}
    shown = session(files, "name\r")
    assert printed(shown) == ["boot", "main from boot __main__"]
    assert after_prompt(shown) == "name\r\n'from boot'\r\n>>> "


def test_all_lines_end_as_terminals_want():
    shown = session({"main.py": "print('a\\nb\\r\\nc')\n1/0"}, "print(1)\r", CTRL_C)
    assert shown.count("\n") == shown.count("\r\n") > 10
    assert "a\r\nb\r\nc\r\n" in shown


@pytest.mark.parametrize("chip", ["esp32", "esp32s3", "esp32c3"])
def test_the_banner_names_the_chip(chip):
    shown = BoardBench({}, chip=chip).run()
    name = chip.upper()
    assert f"MicroPython v1.27.0 on 2025-12-10; Generic {name} module with {name}\r\n" in shown
    assert "Emscripten" not in shown
    assert shown.endswith('\r\nType "help()" for more information.\r\n>>> ')


def test_a_crash_names_file_and_line_and_leaves_a_prompt():
    files = {
        "main.py": "import helper\n\ndef f():\n    helper.g()\nf()",
        "helper.py": "def g():\n    return {}['x']\n",
    }
    shown = session(files, "1 + 1\r")
    assert printed(shown) == [
        "Traceback (most recent call last):",
        '  File "main.py", line 5, in <module>',
        '  File "main.py", line 4, in f',
        '  File "helper.py", line 2, in g',
        "KeyError: x",
    ]
    assert after_prompt(shown) == "1 + 1\r\n2\r\n>>> "


def test_a_syntax_error_names_file_and_line():
    assert run_main("x = 1\nif x\n") == [
        "Traceback (most recent call last):",
        '  File "main.py", line 2',
        "SyntaxError: invalid syntax",
    ]


def test_main_does_not_run_after_a_boot_that_failed():
    shown = session({"boot.py": "1/0", "main.py": "print('main')"}, "1\r")
    assert printed(shown)[-1] == "ZeroDivisionError: divide by zero"
    assert after_prompt(shown) == "1\r\n1\r\n>>> "


def test_a_boot_that_exits_asks_for_a_soft_reset():
    boot = ONCE.replace("print(", "print('boot', ") + "import sys; sys.exit()"
    shown = session({"boot.py": boot, "main.py": "print('main')"})
    assert printed(shown) == ["boot 1", "MPY: soft reboot", "boot 5", "main"]


def test_tracebacks_name_no_file_that_a_chip_has_not():
    """What is C on a chip is Python here."""
    assert run_main("import machine\nmachine.Pin(99)") == [
        "Traceback (most recent call last):",
        '  File "main.py", line 2, in <module>',
        "ValueError: invalid pin",
    ]
    shown = session({}, "import time, sys; time.sleep(9)\r", CTRL_C, "print('  File \"', sys.path)\r")
    assert after_prompt(shown).endswith(
        '(most recent call last):\r\n  File "<stdin>", line 1, in <module>\r\nKeyboardInterrupt: \r\n'
        ">>> print('  File \"', sys.path)\r\n  File \" ['', '.frozen', '/lib']\r\n>>> "
    )


# --- soft and hard resets


def test_soft_reset_runs_both_files_again():
    shown = session(
        {**BOOT_AND_MAIN, "boot.py": "import machine; print('boot', machine.reset_cause())"}, CTRL_D
    )
    assert printed(shown) == ["boot 1", "main"]
    assert after_prompt(shown).startswith("\r\nMPY: soft reboot\r\nboot 5\r\nmain\r\n")
    assert shown.endswith(PROMPT)


def test_soft_reset_keeps_the_clock_and_the_rtc_memory():
    source = """
from machine import RTC, reset_cause
if reset_cause() == 1:
    RTC().memory(b"kept")
    RTC().datetime((2026, 2, 28, 0, 23, 59, 0, 0))
print(reset_cause(), RTC().memory(), RTC().datetime()[:3])
"""
    shown = session({"main.py": source}, CTRL_D)
    for cause in (1, 5):
        assert f"\r\n{cause} b'kept' (2026, 2, 28)\r\n" in shown


def test_soft_reset_forgets_the_program():
    shown = session({}, "x = 1\r", CTRL_D, "x\r")
    assert "NameError: name 'x' isn't defined" in shown


ONCE = """
import machine
print(machine.reset_cause())
if machine.reset_cause() == machine.PWRON_RESET:
    """


@pytest.mark.parametrize("ask", ["import sys; sys.exit()", "import machine; machine.soft_reset()"])
def test_a_program_may_ask_for_a_soft_reset(ask):
    shown = session({"main.py": ONCE + ask}, f"{ask}\r")
    assert printed(shown) == ["1", "MPY: soft reboot", "5"]
    assert "\r\nMPY: soft reboot\r\n5\r\n" in after_prompt(shown)
    assert "Traceback" not in shown


def test_machine_reset_boots_again():
    shown = session({"main.py": ONCE + "machine.reset()"})
    first, second = shown.split("ESP-ROM:")[1:]
    assert "rst:0x1 (POWERON)" in first and first.endswith("\r\n1\r\n")
    assert "rst:0xc (RTC_SW_CPU_RST)" in second and printed(second) == ["2"]


def test_after_power_off_the_cause_is_power_on_and_the_clock_starts_anew():
    bench = BoardBench(
        {
            "main.py": "import machine, time\nprint(machine.reset_cause(), time.time())\n"
            "time.sleep(5)\nif machine.reset_cause() == 1:\n    machine.reset()\n"
        }
    )
    assert bench.run(12).count("\r\n2 5\r\n") == 1
    assert printed(bench.run(1)) == ["1 0"]


# --- Ctrl-C


@pytest.mark.parametrize(
    "blocks",
    [
        "time.sleep(1000)",
        "asyncio.run(asyncio.Event().wait())",
        "asyncio.run(forever())",
        "uart.read(1)",
        "uart.readline()",
        "sys.stdin.read(1)",
        "poll(uart.any)",
        "poll(machine.Pin(4).value)",
        "poll_the_clock()",
        "input()",
        "print_and_sleep()",
        "uart.write(bytes(3000)), uart.flush()",
    ],
)
def test_ctrl_c_interrupts(blocks):
    """... at that moment, and just once: the sleep after it is a whole one."""
    bench = BoardBench({"main.py": PROGRAM_TO_INTERRUPT.format(blocks=blocks)})
    bench.chip.uarts.units[1].attach(SerialDevice())
    bench.type_at(0.5, CTRL_C)
    bench.type_at(2, CTRL_C)
    bench.type_at(2.5, b"1 + 1\r")
    shown = bench.run(3)
    lines = printed(shown)
    assert lines[:2] == ["interrupted at 5", "slept until 15"]
    assert lines[-1] == "KeyboardInterrupt: "
    assert after_prompt(shown) == "1 + 1\r\n2\r\n>>> "


PROGRAM_TO_INTERRUPT = """
import asyncio, machine, sys, time
uart = machine.UART(1, 9600, timeout=30_000)
async def forever():
    while True:
        await asyncio.sleep(1000)
def poll(happened):
    while not happened():
        pass
def print_and_sleep():
    while True:
        print(end="" * 1000)
        time.sleep_us(1)
def poll_the_clock():
    while time.ticks_ms() < 3000:
        pass
try:
    {blocks}
except KeyboardInterrupt:
    print("interrupted at", time.ticks_ms() // 100)
    time.sleep(1)
    print("slept until", time.ticks_ms() // 100)
    {blocks}
"""


def test_ctrl_c_at_the_prompt_drops_the_line():
    assert after_prompt(session({}, "abc", CTRL_C, "1\r")) == "abc\r\n>>> 1\r\n1\r\n>>> "


def test_ctrl_c_reaches_a_program_started_from_the_prompt():
    shown = session({}, "import time; time.sleep(1000)\r", CTRL_C)
    assert shown.endswith("KeyboardInterrupt: \r\n>>> ")


def test_a_program_may_take_ctrl_c_as_input():
    source = "import micropython, sys\nmicropython.kbd_intr(-1)\nprint(repr(sys.stdin.read(1)))\n"
    assert printed(session({"main.py": source}, CTRL_C)) == [repr("\x03")]


def test_what_is_typed_while_a_program_runs_waits_for_who_reads():
    source = "import sys, time\ntime.sleep(2)\nprint(sys.stdin.read(3))"
    shown = session({"main.py": source}, "abc1 + 1\r", seconds=3)
    assert printed(shown) == ["abc"]
    assert after_prompt(shown) == "1 + 1\r\n2\r\n>>> "


# --- raw mode and resets


def test_a_soft_reset_after_raw_mode_runs_main():
    shown = session(BOOT_AND_MAIN, CTRL_A, CTRL_B, CTRL_D)
    assert "MPY: soft reboot\r\nboot\r\nmain\r\n" in shown


def test_ctrl_a_within_a_line_is_a_cursor_key():
    shown = session(BOOT_AND_MAIN, b"1" + CTRL_A, b"2\r", CTRL_D)
    assert "\r\n21\r\n" in shown
    assert "MPY: soft reboot\r\nboot\r\nmain\r\n" in shown


def test_a_machine_reset_leaves_raw_mode():
    shown = session(BOOT_AND_MAIN, CTRL_A, b"import machine\nmachine.reset()" + CTRL_D)
    assert printed(shown.rpartition("ESP-ROM:")[2]) == ["boot", "main"]
    assert shown.endswith(PROMPT)


# --- input


def test_input_reads_an_edited_line():
    bench = BoardBench({"/main.py": b"print('heard', input('name? '))\n"})
    bench.type_at(2, b"polf\x7fe\r")
    assert "heard pole" in bench.run(4)


def test_input_ends_with_ctrl_c_and_ctrl_d():
    program = b"try:\n    input()\nexcept EOFError:\n    print('end of file')\ninput()\nprint('never')\n"
    bench = BoardBench({"/main.py": program})
    bench.type_at(1, b"\x04")
    bench.type_at(2, b"\x03")
    console = bench.run(3)
    assert "end of file" in console
    assert "KeyboardInterrupt" in console
    assert "never" not in console
