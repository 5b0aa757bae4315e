"""Boards in wall time that unmodified mpremote talks to."""

import subprocess
import sys

from host_tools.boards import load_board
from host_tools.images.partitions import micropython_table, vfs_partition
from host_tools.littlefs_volume import make_image
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.serve import ServedBoard
from host_tools.simulator.simulation import load_flash

TIMEOUT_S = 30
MPREMOTE = [sys.executable, "-m", "mpremote"]


def serve(files):
    """A board whose file system holds `files`: name -> bytes."""

    def prepare(simulated):
        load_flash(simulated, None)
        vfs = vfs_partition(micropython_table(simulated.flash.size), simulated.flash.size)
        simulated.flash.erase(vfs.offset, vfs.size)
        simulated.flash.program(vfs.offset, make_image(files, vfs.size))

    return ServedBoard(load_board("smart_pole"), BoardOptions(), lambda _: None, prepare)


def run(port, *arguments, fails=False, env=None):
    """What `mpremote connect PORT ARGUMENTS` prints; a wrong exit code fails the test."""
    command = [*MPREMOTE, "connect", port, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, env=env)
    text = (result.stdout + result.stderr).decode().replace("\r\n", "\n")
    assert (result.returncode != 0) == fails, text
    return text


def mpremote(board, *arguments, **options):
    return run(board.addresses.pty, *arguments, **options)
