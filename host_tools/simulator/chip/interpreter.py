"""MicroPython on the chip, as its port runs it: boot.py, main.py, then the REPL, until a soft reset."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from host_tools.simulator.chip.console import INTERRUPT
from host_tools.simulator.rom import rom_files
from host_tools.simulator.vm import fetch
from host_tools.simulator.vm.files import FileSystem, MemoryFiles, Mounts
from host_tools.simulator.vm.identity import present_as
from host_tools.simulator.vm.machine import MicroPython, MicroPythonError, ProgramExit
from host_tools.simulator.vm.nudge import NudgeFile
from host_tools.simulator.vm.runtime import shared

if TYPE_CHECKING:
    from host_tools.simulator.chip.esp32 import Esp32

RAW_MODE, FRIENDLY_MODE, RAW_PASTE = 1, 2, 5  # Ctrl-A, Ctrl-B, Ctrl-E
RAW_MODE_BANNER = b"raw REPL; CTRL-B to exit"
RAW_PASTE_REQUEST = b"A\x01"  # what follows Ctrl-E when a tool asks for raw-paste mode
RAW_PASTE_REFUSED = b"R\x00"  # "understood, not supported": tools then use plain raw mode
EMSCRIPTEN_NAME = b"JS with Emscripten"
EXECFILE_FRAME = '  File "<stdin>", line 1, in <module>\n'  # ours, not the program's
PLATFORM = "esp32"
BUILT_IN = {"os", "time"}  # the VM has these too, and lists them itself
# The path puts the ROM's modules before the build's own; `gc` and `vfs` no file comes before.
STARTUP = """
import sys
sys.path[:] = ["", "/.frozen", "/lib"]
import _nudge, _gc, _vfs, _input
sys.modules["gc"], sys.modules["vfs"] = _gc, _vfs
del sys, _nudge, _gc, _vfs, _input
"""


class Interpreter:
    """One MicroPython port; a soft reset makes a new VM on the same chip."""

    def __init__(self, chip: "Esp32", files: FileSystem):
        self._chip = chip
        self._files = files
        self._raw = False
        self._key = 0  # the last one that went to the REPL
        self._running = False
        self._vm: MicroPython | None = None
        name = chip.chip.name.upper()
        self._machine_name = f"Generic {name} module with {name}"
        self._board_name = "_".join(["ESP32_GENERIC", *name.partition("ESP32")[2:]]).rstrip("_")
        self._nudge: NudgeFile | None = None

    def run(self, run_main: bool) -> NoReturn:
        while True:
            self._start_vm()
            try:
                self._run_file("boot.py")
                if not (run_main and not self._raw and self._run_file("main.py")):
                    self._repl()
                self._vm.close_files()
            finally:
                self._vm.close()
            self._chip.console.print(b"MPY: soft reboot\n")
            self._chip.soft_reboot()

    def collect(self) -> None:
        self._vm.collect()

    def interruptible(self, byte: int) -> bool:
        """Whether `byte` interrupts the running program instead of being input."""
        return byte == INTERRUPT and self._running and self._vm.interrupt_character() == INTERRUPT

    def interrupt(self) -> None:
        self._vm.interrupt()

    def nudge(self) -> None:
        """From any thread: a program that runs and calls nothing lets the board's events run."""
        vm, callback = self._vm, self._nudge and self._nudge.callback
        if vm and callback and self._running:
            vm.nudge(callback)

    def _start_vm(self) -> None:
        rom = rom_files()
        self._nudge = NudgeFile(self._chip.elapse)
        devices = self._chip.devices(nudge=self._nudge)
        mounts = Mounts(self._files, dev=devices, **{".frozen": MemoryFiles(rom)})
        self._vm = MicroPython(shared(fetch.wasm_path()), self, mounts)
        present_as(self._vm, PLATFORM, self._machine_name, self._board_name, _listed(rom))
        self._vm.execute(STARTUP)

    def _run_file(self, name: str) -> bool:
        """True when the program asks for a soft reset, by SystemExit."""
        try:
            self._files.stat(name)
        except OSError:
            return False
        self._running = True
        try:
            # Ctrl-C is armed first, as the port does; the REPL does so by itself.
            self._vm.execute(f"__import__('micropython').kbd_intr({INTERRUPT}); execfile({name!r})")
        except ProgramExit:
            return True
        except MicroPythonError as error:
            self._chip.console.print(str(error).replace(EXECFILE_FRAME, "").encode())
        finally:
            self._running = False
        return False

    def _repl(self) -> None:
        """Until Ctrl-D asks for a soft reset."""
        console = self._chip.console
        console.muted = self._raw  # a soft reset in raw mode shows no banner
        self._vm.start_repl()
        console.muted = False
        if self._raw:
            self._vm.repl(RAW_MODE)
        while True:
            byte = self._next_byte()
            if byte == RAW_PASTE and self._raw and self._refuse_raw_paste():
                continue
            self._key = byte
            if byte == FRIENDLY_MODE:
                self._raw = False
            self._running = True
            try:
                soft_reset = self._vm.repl(byte)
            finally:
                self._running = False
            if soft_reset:
                return

    def _next_byte(self) -> int:
        console = self._chip.console
        self._chip.queue.run_until(None, lambda: bool(console.received))
        return console.take(1)[0]

    def _refuse_raw_paste(self) -> bool:
        """Raw-paste mode needs a blocking stdin inside the VM's REPL; say that we have none."""
        console = self._chip.console
        self._chip.queue.run_until(self._chip.queue.now_us + 100_000, lambda: len(console.received) >= 2)
        if console.received[:2] != RAW_PASTE_REQUEST:
            return False
        console.take(2)
        console.write(RAW_PASTE_REFUSED)
        return True

    # --- what the VM asks: the chip answers, but for the banner, which should name the chip

    def stdout(self, data: bytes) -> None:
        if self._key == RAW_MODE and RAW_MODE_BANNER in data:  # within a line, the key moves the cursor
            self._raw = True
        self._chip.stdout(data.replace(EMSCRIPTEN_NAME, self._machine_name.encode()))

    def stdout_raw(self, data: bytes) -> None:
        self._chip.console.write(data)

    def stdin_ready(self) -> bool:
        return bool(self._chip.console.received)

    def stdin(self, length: int) -> bytes:
        return self._chip.stdin(length)

    def ticks_ms(self) -> int:
        return self._chip.ticks_ms()

    def unix_ms(self) -> float:
        return self._chip.unix_ms()

    def random_u32(self) -> int:
        return self._chip.random_u32()


def _listed(rom: Iterable[str]) -> list[str]:
    """What `help('modules')` shows of the ROM: there, on a chip, only asyncio is in several files."""
    names = {name if name.startswith("asyncio/") else name.partition("/")[0] for name in rom}
    public = {name.removesuffix(".mpy") for name in names if not name.startswith("_")}
    return sorted(f"{name}.py" for name in public - BUILT_IN)
