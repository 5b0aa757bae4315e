"""Every portable test once more, inside the real MicroPython VM: what passes on CPython may fail there."""

import inspect
import random
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from host_tools.build.constants import fold
from host_tools.build.names import shorten
from host_tools.mpy import compile_text
from host_tools.simulator.chip.calls import ChipCalls
from host_tools.simulator.chip.crypto import Aes
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.rom import rom_files
from host_tools.simulator.vm import fetch
from host_tools.simulator.vm.files import Devices, MemoryFiles, Mounts
from host_tools.simulator.vm.machine import MicroPython
from host_tools.simulator.vm.runtime import shared

ROOT = Path(__file__).parent.parent
FOLDERS = ("protocols", "drivers", "firmware", "tests/portable", "tests/vectors")
PORTABLE = sorted(path.stem for path in (ROOT / "tests/portable").glob("test_*.py"))


class Bench:
    """The least board that a VM can run on: a clock in virtual time, the chip's AES, and nothing else."""

    def __init__(self):
        self.queue = EventQueue()
        self.rng = random.Random(1)
        self.printed = b""

    def ticks_ms(self):
        self.queue.elapse(20)
        return self.queue.now_us // 1000

    def unix_ms(self):
        return self.queue.now_us / 1000

    def random_u32(self):
        return self.rng.getrandbits(32)

    def stdout(self, data):
        self.printed += data

    def stdin(self, _length):
        return b""

    def _sleep(self, high, low, _):
        self.queue.run_until(self.queue.now_us + (high << 30) + low)

    def _idle(self, timeout_ms, _a, _b):
        if timeout_ms < 0:
            raise AssertionError("asyncio waits for ever")
        self.queue.run_until(self.queue.now_us + timeout_ms * 1000)

    def devices(self):
        handlers = {
            "SLEEP_US": self._sleep,
            "IDLE": self._idle,
            "TICKS_US": lambda *_: self.queue.now_us & 0x3FFFFFFF,
        }
        return Devices({"chip": ChipCalls(handlers, lambda: self.queue.elapse(20)), "aes": Aes()})


@cache
def project_files():
    """Device modules as a build makes them; the tests' own with their asserts, as text."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    files = {p.relative_to(ROOT).as_posix(): p.read_text() for p in paths if p.suffix in (".py", ".json")}
    sources = {name.removesuffix(".py"): text for name, text in files.items() if name.endswith(".py")}
    named = {name.replace("/", ".").removesuffix(".__init__"): name for name in sources}
    built = shorten(fold({module: sources[name] for module, name in named.items()}))
    result = {name: text.encode() for name, text in files.items() if name.endswith(".json")}
    for module, text in built.items():
        name = named[module]
        if module.startswith("tests."):
            result[name + ".py"] = text.encode()
        else:
            result[name + ".mpy"] = compile_text(text, name + ".py")
    return {**result, "tests/__init__.py": b""}


def run_in_vm(source):
    bench = Bench()
    mounts = Mounts(
        MemoryFiles(project_files()), dev=bench.devices(), **{".frozen": MemoryFiles(rom_files())}
    )
    bench.vm = vm = MicroPython(shared(fetch.wasm_path()), bench, mounts)
    vm.execute("import sys; sys.path[:] = ['', '/.frozen']")
    vm.execute(source)
    return bench


def portable_functions(name):
    module = import_module(f"tests.portable.{name}")
    return [n for n, f in vars(module).items() if n.startswith("test_") and inspect.isfunction(f)]


@pytest.mark.parametrize("name", PORTABLE)
def test_passes_on_micropython(name):
    functions = portable_functions(name)
    assert functions
    calls = "".join(f"print('{n}'); module.{n}()\n" for n in functions)
    bench = run_in_vm(
        f"import tests.portable.{name}\nmodule = tests.portable.{name}\n{calls}print('all passed')"
    )
    assert bench.printed.endswith(b"all passed\n"), bench.printed.decode()


@pytest.mark.parametrize("folder", ["protocols", "drivers"])
def test_every_module_loads(folder):
    """Also one that no portable test happens to import."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in paths]
    assert len(names) > 30
    bench = run_in_vm("".join(f"import {name}\n" for name in names) + "print('loaded')")
    assert bench.printed == b"loaded\n"


def test_a_failing_portable_test_would_be_seen():
    from host_tools.simulator.vm.machine import MicroPythonError

    with pytest.raises(MicroPythonError, match="AssertionError"):
        run_in_vm("from tests.portable.check import raises\nraises(ValueError, int, '1')")
