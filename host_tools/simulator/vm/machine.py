"""A running MicroPython: memory, entry points, garbage collection."""

import ctypes
import struct
import threading
from collections.abc import Callable
from typing import Protocol

from wasmtime import Instance, Store, Trap, TrapCode, WasmtimeError

from host_tools.simulator.vm import nudge
from host_tools.simulator.vm.build import DEPTH
from host_tools.simulator.vm.files import Mounts
from host_tools.simulator.vm.host_calls import HostCalls
from host_tools.simulator.vm.runtime import Runtime
from host_tools.simulator.vm.syscalls import Syscalls

PYSTACK_WORDS = 2048
HEAP_START = 64 * 1024  # the VM adds more as it needs it
TICKS_MASK = 0x3FFFFFFF  # MicroPython's ticks wrap at 2^30
ANY_WORK = 1 << 62  # more than a VM does in a lifetime
ADDRESSES = 1 << 32  # of a VM's memory, most of which is not there
GARBAGE_LIMIT = 64 << 20  # bytes of memory; a chip has a hundredth of that


class Board(Protocol):
    """What the VM asks of the board that it is part of."""

    def ticks_ms(self) -> int: ...
    def unix_ms(self) -> float: ...
    def random_u32(self) -> int: ...
    def stdout(self, data: bytes) -> None: ...
    def stdin(self, length: int) -> bytes: ...  # blocks; raises InterruptedError at Ctrl-C


class MicroPythonError(Exception):
    """Python code in the VM raised; the text is the traceback that a console would show."""


class ProgramExit(MicroPythonError):
    """It raised SystemExit."""


class Exhausted(BaseException):
    """The program has done all the work that it was allowed.  It cannot go on: close the VM."""


class GarbageError(RuntimeError):
    """The program's garbage is too much for the simulator, which collects only while asyncio waits."""

    hint = (
        "A program that runs for long should wait in asyncio (await asyncio.sleep_ms(...)) now and then: "
        "only there is it safe to collect garbage from outside.  A chip would go on."
    )


class MicroPython:
    """One VM.  It has no thread: it runs inside the calls below, and blocks by calling the board.

    `bytes` is its memory.
    """

    def __init__(self, runtime: Runtime, board: Board, mounts: Mounts):
        self._store = store = Store(runtime.engine)
        self.work_left = self.allow(None)
        self._host_calls = HostCalls(store)
        self._syscalls = Syscalls(self, mounts, board)
        trampolines = Instance(store, runtime.trampolines, []).exports(store)
        hooks = self._hooks(board)
        imports = []
        for wanted in runtime.module.imports:
            if wanted.name.startswith("invoke_") or wanted.name == "_emscripten_throw_longjmp":
                imports.append(trampolines[wanted.name])
            else:
                function = hooks.get(wanted.name) or self._syscalls.function(wanted.name)
                imports.append(self._host_calls.function(wanted.type, function or _absent(wanted.name)))
        self._exports = exports = Instance(store, runtime.module, imports).exports(store)
        self._memory = exports["memory"]
        helpers = [
            exports[n] for n in ("emscripten_stack_get_current", "_emscripten_stack_restore", "setThrew")
        ]
        # It stays where it is: wasmtime reserves the whole address space, and growing only opens more of it.
        # Another thread writes to this memory (`nudge`), which must not be freed meanwhile.
        self._base: int | None = ctypes.addressof(self._memory.data_ptr(store).contents)
        self.bytes = memoryview((ctypes.c_ubyte * ADDRESSES).from_address(self._base)).cast("B")
        self._alive = threading.Lock()
        table = exports["__indirect_function_table"]
        linker = Instance(store, runtime.linker, [table, trampolines["table"], *helpers])
        linker.exports(store)["link"](store)
        self._call("emscripten_stack_init")
        self._call("__wasm_call_ctors")
        self._call("mp_js_init", PYSTACK_WORDS, HEAP_START)
        self._call("proxy_c_init")

    def _hooks(self, board: Board) -> dict[str, Callable]:
        return {
            "mp_js_ticks_ms": lambda: board.ticks_ms() & TICKS_MASK,
            "mp_js_time_ms": board.unix_ms,
            "mp_js_random_u32": lambda: (board.random_u32() ^ 0x80000000) - 0x80000000,
            "proxy_js_free_obj": lambda _: None,
            "emscripten_resize_heap": self._grow,
        }

    def _call(self, name: str, *args: int):
        try:
            return self._exports[name](self._store, *args)
        except (Trap, WasmtimeError) as failure:
            if isinstance(failure, Trap) and failure.trap_code == TrapCode.OUT_OF_FUEL:
                raise Exhausted from None
            raised, self._host_calls.raised = self._host_calls.raised, None
            raise raised or failure from None

    def _grow(self, wanted: int) -> int:
        if wanted > GARBAGE_LIMIT:
            raise GarbageError(f"the VM's memory has grown to {GARBAGE_LIMIT >> 20} MiB, most of it garbage")
        missing = wanted - self._memory.data_len(self._store)
        self._memory.grow(self._store, -(-missing // 65536))
        return 1

    # --- memory

    def peek(self, address: int, length: int) -> bytes:
        return self.bytes[address : address + length].tobytes()

    def poke(self, address: int, data: bytes) -> None:
        self.bytes[address : address + len(data)] = data

    def store(self, data: bytes) -> int:
        """Put `data` into the VM's memory for good; returns its address."""
        address = self._call("malloc", len(data))
        self.poke(address, data)
        return address

    def text(self, address: int) -> str:
        """The C string at `address`."""
        data = b""
        while b"\0" not in data:
            data += self.peek(address + len(data), 64)
        return data[: data.index(b"\0")].decode()

    # --- work, in wasmtime's units of fuel: a bytecode of the simplest kind costs about 300

    def work(self) -> int:
        """How much has been done since the last call of this."""
        before, self.work_left = self.work_left, self._store.get_fuel()
        return before - self.work_left

    def allow(self, work: int | None) -> int:
        """So much may be done from now on, then comes `Exhausted`; None: any amount, as a figure returned.

        What was done before counts no more: ask `work` first.
        """
        self.work_left = ANY_WORK if work is None else work
        self._store.set_fuel(self.work_left)
        return self.work_left

    # --- running Python

    def execute(self, source: str) -> None:
        """Run `source` in `__main__`.  Raises MicroPythonError with the traceback."""
        code = source.encode(errors="surrogateescape")
        address = self._call("malloc", len(code) + 1)
        outcome = self._call("malloc", 12)
        self.poke(address, code + b"\0")
        self._call("mp_js_do_exec", address, len(code), outcome)
        kind, length, text = struct.unpack("<iII", self.peek(outcome, 12))
        error = self.peek(text, length).decode() if kind == -1 else None
        self._call("free", address)
        self._call("free", outcome)
        if error is not None:
            kind = ProgramExit if error.startswith("SystemExit") else MicroPythonError
            raise kind(_traceback(error))

    def start_repl(self) -> None:
        self._call("mp_js_repl_init")

    def repl(self, character: int) -> bool:
        """Hand one character to the REPL; True when it asks for a soft reset."""
        return bool(self._call("mp_js_repl_process_char", character))

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running program, as soon as the call that it is in returns."""
        self._call("mp_sched_keyboard_interrupt")

    def nudge(self, callback: tuple[int, int]) -> None:
        """Have a busy program call back soon; see `nudge`.  The one call for other threads."""
        with self._alive:
            if self._base is not None:
                nudge.schedule(self._base, callback)

    def interrupt_character(self) -> int:
        """The character that interrupts (3 is Ctrl-C), or -1 while there is none."""
        return self._call("mp_hal_get_interrupt_char")

    def collect(self) -> None:
        """Collect garbage while a program is blocked, and have /dev/heap told what is alive.

        Only for calls from Python code with nothing but Python frames below (asyncio's idle wait):
        the collector sees the Python stack, not the C stack.
        """
        depth = self.peek(DEPTH, 4)
        self.poke(DEPTH, b"\0\0\0\0")
        try:
            self.execute("__import__('gc').collect()")  # inside a program, this only asks for a collection,
            self.execute("__import__('gc').mem_alloc()")  # which happens when the next one starts
        finally:
            self.poke(DEPTH, depth)

    def measure(self) -> None:
        """Have /dev/heap told what a collection would leave, and free nothing: for calls from anywhere.

        What only the C stack knows is missed in the figure, but is still there when the program goes on.
        """
        memory = self.peek(0, self._memory.data_len(self._store))
        with self._syscalls.nothing_closed():
            self.collect()
        self.poke(0, memory)

    def close(self) -> None:
        """Free the VM's memory.  wasmtime keeps what the VM calls, and so all of the board, until then."""
        with self._alive:
            self._base = None
            self._store.close()
            self._host_calls.close()

    def close_files(self) -> None:
        """Close, and so write back, what the program left open."""
        self._syscalls.close_all()

    def depth(self) -> int:
        """How many calls into the VM are under way."""
        return struct.unpack("<I", self.peek(DEPTH, 4))[0]


def _traceback(error: str) -> str:
    """The VM puts the exception's class name in front of its traceback; a console shows only the latter."""
    _, mark, rest = error.partition("Traceback (most recent call last):")
    return mark + rest if mark else error


def _absent(name: str):
    def absent(*_):
        raise NotImplementedError(f"the VM called {name}, which the simulator does not serve")

    return absent
