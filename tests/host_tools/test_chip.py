"""The chip as a whole: reset lines and download mode in virtual time; real tools in wall time."""

import os
import random
import subprocess
import sys

import pytest

from host_tools.boards import load_board
from host_tools.images.partitions import micropython_table, vfs_partition
from host_tools.littlefs_volume import make_image
from host_tools.simulator.auto_reset import AutoReset
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.bootloader import slip
from host_tools.simulator.bootloader.packets import HEADER, REQUEST, SYNC_DATA, Op
from host_tools.simulator.serve import ServedBoard
from host_tools.simulator.simulation import load_flash
from tests.host_tools.board_bench import BoardBench, printed

TIMEOUT_S = 60


# --- reset lines, in virtual time


def lines_at(bench, *changes):
    """Each of `changes`: (second, DTR, RTS), as a serial adapter sets them."""
    reset = AutoReset(bench.chip.hold_in_reset, bench.chip.release_reset, bench.queue.after)
    for second, dtr, rts in changes:
        bench.queue.at(round(second * 1_000_000), lambda dtr=dtr, rts=rts: reset.lines(dtr, rts))


TICKS = "import time\nprint('main')\nwhile True:\n    time.sleep(1)\n    print('tick', time.time())"


def test_into_download_mode_and_back():
    bench = BoardBench({"main.py": TICKS})
    lines_at(bench, (2.5, 0, 1), (2.6, 1, 0), (2.7, 0, 0), (6.5, 0, 1), (6.6, 0, 0))
    bench.type_at(4, slip.encode(HEADER.pack(REQUEST, Op.SYNC, len(SYNC_DATA), 0) + SYNC_DATA))
    first, download, again = bench.run(8.8).split("ESP-ROM:")[1:]
    assert printed(first) == ["main", "tick 1", "tick 2"]
    assert "boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n" in download
    assert "\\xc0\x01\x08" in download  # a response to SYNC
    assert printed(again) == ["main", "tick 1", "tick 2"]
    assert bench.reports == ["MicroPython starts", "download mode", "MicroPython starts"]


def test_in_reset_nothing_happens():
    bench = BoardBench({"main.py": TICKS})
    lines_at(bench, (1.5, 0, 1), (7.5, 0, 0))
    bench.type_at(3, b"lost")
    before, after = bench.run(10).split("ESP-ROM:")[1:]
    assert printed(before) == ["main", "tick 1"]
    assert printed(after) == ["main", "tick 1", "tick 2"]


def test_what_does_not_boot_says_why_and_waits_for_a_reset():
    bench = BoardBench({"main.py": TICKS})
    bench.flash.erase(0x10000, 0x1000)
    lines_at(bench, (1.5, 0, 1), (1.6, 0, 0))
    assert bench.run(3).count("No bootable app partitions") == 2
    assert [text.partition(":")[0] for text in bench.reports] == ["does not boot"] * 2


def test_the_same_seed_gives_the_same_run():
    source = "import os, time\nwhile True:\n    time.sleep_ms(os.urandom(1)[0])\n    print(time.ticks_us())"
    runs = {seed: [BoardBench({"main.py": source}, seed=seed).run(5) for _ in range(2)] for seed in (1, 2)}
    assert runs[1][0] == runs[1][1] != runs[2][0]


# --- real tools, in wall time


def mpremote(port, *arguments):
    command = [sys.executable, "-m", "mpremote", "connect", port, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S)
    assert result.returncode == 0, (result.stdout + result.stderr).decode()
    return result.stdout.decode().replace("\r\n", "\n")


COUNTER = """
import asyncio
counter = 0
async def main():
    global counter
    while True:
        counter += 1
        await asyncio.sleep_ms(20)
asyncio.run(main())
"""


@pytest.fixture
def served():
    """A board that runs COUNTER."""

    def prepare(simulated):
        load_flash(simulated, None)
        vfs = vfs_partition(micropython_table(simulated.flash.size), simulated.flash.size)
        simulated.flash.erase(vfs.offset, vfs.size)
        simulated.flash.program(vfs.offset, make_image({"main.py": COUNTER.encode()}, vfs.size))

    board = ServedBoard(load_board("smart_pole"), BoardOptions(), lambda _: None, prepare)
    yield board
    board.close()


def test_mpremote_over_rfc2217(served, tmp_path):
    port = served.addresses.serial
    content = random.Random(1).randbytes(5000)
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(content)
    assert mpremote(port, "exec", "print(6 * 7)") == "42\n"
    mpremote(port, "fs", "cp", there, ":there", "+", "fs", "cp", ":there", back)
    assert back.read_bytes() == content
    forgotten = "print('x' in globals())"
    assert mpremote(port, "exec", f"x = 1; {forgotten}", "soft-reset", "exec", forgotten) == "True\nFalse\n"


def test_mpremote_interrupts_a_running_program_and_resets_the_board(served):
    """Three times over: each reset starts the program again, each client finds it running."""
    look = "import machine; print(counter > 0, machine.reset_cause())"
    for cause in (1, 2, 2):
        shown = mpremote(served.addresses.serial, "resume", "exec", look, "+", "reset")
        assert shown.startswith(f"True {cause}\n")


@pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")
def test_mpremote_over_a_pty(served):
    assert mpremote(served.addresses.pty, "exec", "print(6 * 7)") == "42\n"
