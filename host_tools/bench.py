"""`make bench`: what a simulated board costs, as a table and in build/bench.json.

CPU time of this process, best of a few runs: machines are noisy, and other programs' load should not count.
"""

import contextlib
import json
import random
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from host_tools.boards import load_board
from host_tools.build.bundle import build
from host_tools.chips import chips
from host_tools.simulator.chip.esp32 import Esp32, PowerOff
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.rom import rom_files
from host_tools.simulator.simulation import SimulationOptions, run_board
from host_tools.simulator.vm import fetch
from host_tools.simulator.vm.files import MemoryFiles, Mounts
from host_tools.simulator.vm.machine import MicroPython
from host_tools.simulator.vm.runtime import shared

OUTPUT = Path("build/bench.json")
RUNS = 3
VMS = 200
CALLS = 20_000
CHIP_CALLS = f"""
from _chip import call
from _operations import TICKS_US
for _ in range({CALLS}):
    call(TICKS_US)
"""


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    what: str


def main() -> None:
    pole = load_board("smart_pole")
    build(pole, use_stand_in=True)  # fills the caches: a first start is not what is measured
    rom_files()
    figures = [
        Figure("vm_start", vm_start_ms(), "ms", "a MicroPython VM, from nothing to ready"),
        Figure("vm_memory", vm_memory_kib(), "KiB", f"resident memory of each of {VMS} such VMs"),
        Figure("main_start", program_ms(""), "ms", "power-on to the end of an empty main.py"),
        Figure("chip_call", chip_call_us(), "us", "one call from Python code to the chip and back"),
        Figure("first_report", pole_s(30) * 1000, "ms", "a smart pole's first 30 s, with its first report"),
        Figure("pole_day", pole_s(6 * 3600) * 4, "s", "a smart pole's day, from six hours of it"),
    ]
    table = Table("figure", "CPU", "", "what")
    table.columns[1].justify = "right"
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:.1f}", figure.unit, figure.what)
    Console().print(table)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps({f.name: asdict(f) for f in figures}, indent=2) + "\n")
    print(f"written to {OUTPUT}")


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of the best of some runs."""

    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return min(once() for _ in range(RUNS))


class Nowhere:
    """A board with nothing on it, for a bare VM."""

    ticks_ms = random_u32 = staticmethod(lambda: 0)
    unix_ms = staticmethod(lambda: 0.0)
    stdout = staticmethod(lambda data: None)
    stdin = staticmethod(lambda length: b"")


def bare_vm() -> MicroPython:
    return MicroPython(shared(fetch.wasm_path()), Nowhere(), Mounts(MemoryFiles({})))


def vm_start_ms() -> float:
    return cpu_s(lambda: [bare_vm() for _ in range(20)]) / 20 * 1000


def vm_memory_kib() -> float:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    vms = [bare_vm() for _ in range(VMS)]
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / len(vms)


def program_ms(source: str) -> float:
    """CPU time of a bare chip from power-on until its main.py has run."""
    board = load_board("smart_pole")
    images = build(board, use_stand_in=True, extra_files={"/main.py": source.encode()})

    def run() -> None:
        queue = EventQueue()
        flash = NorFlash(board.flash_bytes)
        for part in images.parts:
            flash.program(part.offset, part.data)
        chip = Esp32(queue, chips()[board.chip], flash, bytes(6), random.Random(0))
        queue.at(3600 * 1_000_000, power_off)
        with contextlib.suppress(PowerOff):
            chip.run()

    return cpu_s(run) * 1000


def power_off() -> None:
    raise PowerOff


def chip_call_us() -> float:
    return (program_ms(CHIP_CALLS) - program_ms("")) * 1000 / CALLS


def pole_s(duration_s: int) -> float:
    return cpu_s(lambda: run_board(load_board("smart_pole"), SimulationOptions(duration_s, seed=1), 0))


if __name__ == "__main__":
    main()
