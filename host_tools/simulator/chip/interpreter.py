"""MicroPython on the chip, as its port runs it: boot.py, main.py, then the REPL, until a soft reset."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from host_tools.simulator.chip.console import INTERRUPT
from host_tools.simulator.chip.heap import RomFiles
from host_tools.simulator.chip.raw_repl import FRIENDLY, RAW, TITLE, Outcome, RawRepl
from host_tools.simulator.chip.tracebacks import Tracebacks
from host_tools.simulator.rom import rom_files
from host_tools.simulator.vm import fetch
from host_tools.simulator.vm.files import FileSystem, Mounts
from host_tools.simulator.vm.identity import present_as
from host_tools.simulator.vm.machine import MicroPython, MicroPythonError, ProgramExit
from host_tools.simulator.vm.nudge import NudgeFile
from host_tools.simulator.vm.runtime import shared

if TYPE_CHECKING:
    from host_tools.simulator.chip.esp32 import Esp32

EMSCRIPTEN_NAME = b"JS with Emscripten"
EXECFILE_FRAME = '  File "<stdin>", line 1, in <module>\n'  # ours, not the program's
PLATFORM = "esp32"
BUILT_IN = {"os", "time"}  # the VM has these too, and lists them itself
# The path puts the ROM's modules before the build's own; `gc` and `vfs` no file comes before.
STARTUP = """
import sys
sys.path[:] = ["", ".frozen", "/lib"]
import _nudge, _gc, _vfs, _input, _open
sys.modules.clear()
sys.modules["gc"], sys.modules["vfs"] = _gc, _vfs
del sys, _nudge, _gc, _vfs, _input, _open
"""


class Interpreter:
    """One MicroPython port; a soft reset makes a new VM on the same chip."""

    def __init__(self, chip: "Esp32", files: FileSystem):
        self._chip = chip
        self._files = files
        self._raw = False
        self._key = 0  # the last one that went to the friendly REPL
        self._raw_repl = RawRepl(chip.console, self._next_byte, self._run)
        self._tracebacks = Tracebacks(_sources(rom_files()))
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
                if self._run_files(run_main) is not Outcome.SOFT_RESET:
                    self._repl()
                self._vm.close_files()
            finally:
                self._vm.close()
            self._chip.console.print(b"MPY: soft reboot\n")
            self._chip.soft_reboot()

    def collect(self) -> None:
        self._vm.collect()

    def measure(self) -> None:
        self._vm.measure()

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
        self._chip.heap.rom = frozen = RomFiles(rom, self._chip.effort.ignore)
        self._nudge = NudgeFile(self._chip.elapse)
        devices = self._chip.devices(nudge=self._nudge)
        mounts = Mounts(self._files, dev=devices, **{".frozen": frozen})
        self._vm = MicroPython(shared(fetch.wasm_path()), self, mounts)
        self._chip.effort.begin(self._vm)
        present_as(self._vm, PLATFORM, self._machine_name, self._board_name, _listed(rom))
        self._vm.execute(STARTUP)
        self._chip.effort.ignore()

    def _run_files(self, run_main: bool) -> Outcome:
        """boot.py, then main.py: not in raw mode, and not when boot.py has failed."""
        outcome = self._run_file("boot.py")
        if outcome is Outcome.DONE and run_main and not self._raw:
            outcome = self._run_file("main.py")
        return outcome

    def _run_file(self, name: str) -> Outcome:
        try:
            self._files.stat(name)
        except OSError:
            return Outcome.DONE
        outcome, traceback = self._run(f"execfile({name!r})")
        self._chip.console.print(traceback.replace(EXECFILE_FRAME, "").encode())
        return outcome

    def _run(self, source: str) -> tuple[Outcome, str]:
        """Run a program in `__main__`; also returns its traceback, "" when there is none to show."""
        try:
            # Ctrl-C is armed first, as the port does; the friendly REPL does so by itself.
            self._vm.execute(f"__import__('micropython').kbd_intr({INTERRUPT})")
            self._running = True
            self._vm.execute(source)
        except ProgramExit:
            return Outcome.SOFT_RESET, ""
        except MicroPythonError as error:
            return Outcome.FAILED, self._tracebacks.shown(str(error))
        finally:
            self._running = False
        return Outcome.DONE, ""

    def _repl(self) -> None:
        """Until Ctrl-D, or a program, asks for a soft reset."""
        console = self._chip.console
        console.muted = self._raw  # a soft reset in raw mode shows no banner
        self._vm.start_repl()
        console.muted = False
        if self._raw:
            self._raw_repl.greet()
        while not (self._serve_raw() if self._raw else self._type(self._next_byte())):
            pass

    def _serve_raw(self) -> bool:
        """True when it ends with a soft reset."""
        if self._raw_repl.serve():
            return True
        self._raw = False
        return self._type(FRIENDLY)

    def _next_byte(self) -> int:
        console = self._chip.console
        self._chip.queue.run_until(None, lambda: bool(console.received))
        return console.take(1)[0]

    def _type(self, key: int) -> bool:
        """Hand a key to the friendly REPL; True when it leads to a soft reset."""
        self._key = key
        self._running = True
        try:
            return self._vm.repl(key)
        finally:
            self._running = False

    # --- what the VM asks: the chip answers, but for the banner, which should name the chip

    def stdout(self, data: bytes) -> None:
        if self._key == RAW and TITLE.rstrip() in data:  # within a line, the key moves the cursor
            self._raw = True
        self._chip.stdout(
            self._tracebacks.printed(data).replace(EMSCRIPTEN_NAME, self._machine_name.encode())
        )

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


def _sources(rom: Iterable[str]) -> list[str]:
    """The source files of the modules in ROM that are C on a chip."""
    return [name.replace(".mpy", ".py") for name in rom if "asyncio" not in name]


def _listed(rom: Iterable[str]) -> list[str]:
    """What `help('modules')` shows of the ROM: there, on a chip, only asyncio is in several files."""
    names = {name if name.startswith("asyncio/") else name.partition("/")[0] for name in rom}
    public = {name.removesuffix(".mpy") for name in names if not name.startswith("_")}
    return sorted(f"{name}.py" for name in public - BUILT_IN)
