"""What a VM and a bare chip cost."""

import contextlib
import random
from collections.abc import Callable

from host_tools.bench.figures import Figure, cpu_s, resident_kib
from host_tools.boards import load_board
from host_tools.build.bundle import build
from host_tools.chips import chips
from host_tools.simulator.chip.esp32 import Esp32
from host_tools.simulator.chip.resets import PowerOff
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm import fetch
from host_tools.simulator.vm.files import MemoryFiles, Mounts
from host_tools.simulator.vm.machine import MicroPython
from host_tools.simulator.vm.runtime import shared

VMS = 200
CALLS = 20_000
CHIP_CALLS = f"""
from _chip import call
from _operations import TICKS_US
for _ in range({CALLS}):
    call(TICKS_US)
"""
# What is alive is known after a collection, and the simulator collects while asyncio waits.
DRIVER_HEAP = """
import asyncio, gc

async def live():
    for _ in range(130):
        await asyncio.sleep_ms(1)
    return gc.mem_alloc()

before = asyncio.run(live())
from drivers.modem.bc26 import BC26
from drivers.modem.modem import Modem
modem = Modem(None, BC26(), {})
print("heap", asyncio.run(live()) - before)
"""


def figures() -> list[Figure]:
    empty_ms = program_ms("")
    return [
        Figure("vm_start", vm_start_ms(), "ms", "a MicroPython VM, from nothing to ready"),
        Figure("vm_memory", vm_memory_kib(), "KiB", f"resident memory of each of {VMS} such VMs"),
        Figure("main_start", empty_ms, "ms", "power-on to the end of an empty main.py"),
        Figure(
            "chip_call",
            (program_ms(CHIP_CALLS) - empty_ms) * 1000 / CALLS,
            "us",
            "one call from Python code to the chip and back, by a device file",
        ),
        Figure(
            "modem_heap", driver_heap_kib(), "KiB", "live heap of the modem driver with a BC26, code included"
        ),
    ]


def driver_heap_kib() -> float:
    _, _, heap = console_of(DRIVER_HEAP).partition("heap ")
    return int(heap.split()[0]) / 1024


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
    before = resident_kib()
    vms = [bare_vm() for _ in range(VMS)]
    return (resident_kib() - before) / len(vms)


def program_ms(source: str) -> float:
    """CPU time of a bare chip from power-on until its main.py has run."""
    flash = flashed(source)
    return cpu_s(lambda: run(flash)) * 1000


def console_of(source: str) -> str:
    """What a bare chip with that main.py, beside a smart pole's modules, prints."""
    shown = bytearray()
    run(flashed(source), shown.extend)
    return shown.decode()


def flashed(source: str) -> NorFlash:
    board = load_board("smart_pole")
    flash = NorFlash(board.flash_bytes)
    for part in build(board, use_stand_in=True, extra_files={"/main.py": source.encode()}).parts:
        flash.program(part.offset, part.data)
    return flash


def run(flash: NorFlash, listen: Callable[[bytes], None] = lambda _: None) -> None:
    """An hour of virtual time."""
    queue = EventQueue()
    chip = Esp32(queue, chips()["esp32s3"], flash, bytes(6), random.Random(0))
    chip.console.listeners.append(listen)
    queue.at(3600 * 1_000_000, power_off)
    with contextlib.suppress(PowerOff):
        chip.run()


def power_off() -> None:
    raise PowerOff
