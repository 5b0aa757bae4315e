"""What a program can ask about the chip it runs on: names, modules, memory."""

import json
from pathlib import Path

import pytest

from host_tools.simulator.auto_reset import AutoReset
from host_tools.simulator.chip.interpreter import Interpreter
from tests.host_tools.board_bench import BoardBench, run_main

STOCK = set(json.loads((Path(__file__).parent / "data/esp32_generic_s3_modules.json").read_text())["modules"])

# On a stock image, not here: what needs a network, threads, LEDs and one-wire parts that no
# board here has, and what only sets up a chip.  A program that needs one fails here with ImportError.
MISSING = {
    "_boot", "_espnow", "_onewire", "_thread", "_webrepl", "aioespnow", "apa106", "btree",
    "dht", "ds18x20", "esp", "espnow", "flashbdev", "inisetup", "mip", "neopixel",
    "ntptime", "onewire", "requests", "socket", "ssl", "tls", "umqtt.robust", "umqtt.simple",
    "upysh", "urequests", "webrepl", "webrepl_setup", "websocket",
}  # fmt: skip
# Modules of the WebAssembly build and of CPython that a stock image does not have.
FOREIGN = (
    "js", "jsffi", "abc", "base64", "copy", "datetime", "fnmatch", "functools", "gzip", "hmac", "html",
    "inspect", "itertools", "locale", "logging", "operator", "os.path", "pathlib", "stat", "string",
    "tarfile", "types", "unittest", "uu", "zlib", "typing", "enum", "dataclasses",
    "threading", "collections.defaultdict",
)  # fmt: skip

IMPORTS = """
def importable(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False
print(" ".join([name for name in {names!r} if importable(name)]))
"""


def importable(names):
    return set(run_main(IMPORTS.format(names=sorted(names)))[0].split())


def test_what_a_stock_image_has_is_here_but_for_known_gaps():
    assert importable(STOCK) == STOCK - MISSING


def test_what_a_stock_image_has_not_is_not_here():
    names = set(FOREIGN)
    assert not names & STOCK
    assert importable([*names, "math"]) == {"math"}


def test_help_lists_what_a_stock_image_has():
    lines = run_main("help('modules')")
    listed = {name.partition("/")[0] for line in lines[:-1] for name in line.split()}
    assert listed == STOCK - MISSING
    assert lines[-1] == "Plus any modules on the filesystem"


@pytest.mark.parametrize(
    ("chip", "machine", "board"),
    [
        ("esp32", "Generic ESP32 module with ESP32", "ESP32_GENERIC"),
        ("esp32s3", "Generic ESP32S3 module with ESP32S3", "ESP32_GENERIC_S3"),
        ("esp32c3", "Generic ESP32C3 module with ESP32C3", "ESP32_GENERIC_C3"),
    ],
)
def test_names(chip, machine, board):
    source = (
        "import os, sys\nprint(sys.platform, sys.platform == 'esp32')\nprint(sys.implementation._machine)\n"
        "print(sys.implementation._build, sys.implementation.name, sys.implementation.version)\n"
        "print(os.uname())\nprint(os.uname().machine == sys.implementation._machine)"
    )
    assert run_main(source, chip=chip) == [
        "esp32 True",
        machine,
        f"{board} micropython (1, 27, 0, '')",
        f"uname(sysname='esp32', nodename='esp32', release='1.27.0', version='v1.27.0 on 2025-12-10', "
        f"machine='{machine}')",
        "True",
    ]


def test_free_memory_is_a_chips_and_goes_down():
    lines = run_main(
        "import gc\nfree = gc.mem_free()\ndata = bytes(50_000)\nprint(free, free - gc.mem_free() >= 50_000)"
    )
    free, fell = lines[0].split()
    assert 150_000 < int(free) < 260_000
    assert fell == "True"


def test_stdout_buffer_sends_bytes_as_they_are():
    bench = BoardBench({"main.py": "import sys\nprint('a\\nb')\nsys.stdout.buffer.write(b'<a\\nb\\r>')"})
    assert "a\r\nb\r\n<a\nb\r>" in bench.run()


def test_sizes_in_a_listing():
    source = (
        "import os\nos.mkdir('d')\nwith open('d/f', 'w') as file:\n    file.write('12345')\n"
        "print(list(os.ilistdir('d')), list(os.ilistdir('/d/')), sorted(os.ilistdir())[0])\n"
        "print(os.stat('d/f'), os.stat('d'))"
    )
    entry = "[('f', 32768, 0, 5)]"
    assert run_main(source) == [
        f"{entry} {entry} ('d', 16384, 0, 0)",
        "(32768, 0, 0, 0, 0, 0, 5, 0, 0, 0) (16384, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
    ]


def test_machine_bootloader_lasts_until_the_next_reset():
    bench = BoardBench({"main.py": "import machine, time\ntime.sleep(1)\nmachine.bootloader()"})
    reset = AutoReset(bench.chip.hold_in_reset, bench.chip.release_reset, bench.queue.after)
    for second, rts in ((5, True), (5.1, False)):
        bench.queue.at(round(second * 1_000_000), lambda rts=rts: reset.lines(False, rts))
    shown = bench.run(5.5)
    assert shown.count("waiting for download") == 1
    assert bench.reports == ["MicroPython starts", "download mode", "MicroPython starts"]


def test_a_nudge_lets_events_run_in_a_program_that_calls_nothing(monkeypatch):
    """In wall time another thread does this; here the program's own print does it, at a known moment."""
    source = "count = 0\nprint('nudge')\nwhile count < 1000:\n    count += 1\nprint('end', count)"
    bench = BoardBench({"main.py": source})
    happened = []
    print_ = Interpreter.stdout

    def stdout(interpreter, data):
        if b"nudge" in data:
            bench.queue.inject(lambda: happened.append(bench.queue.now_us))
            interpreter.nudge()
        print_(interpreter, data)
        if b"end" in data:
            happened.append("end")

    monkeypatch.setattr(Interpreter, "stdout", stdout)
    assert bench.run().count("end 1000") == 1
    assert happened[-1] == "end" and len(happened) == 2
