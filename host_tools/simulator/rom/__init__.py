"""The modules that a chip has in ROM and the WebAssembly build has not, or has differently.

`modules/` is MicroPython code, thin over the chip's device files; it is compiled once and cached.
"""

import hashlib
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from host_tools.mpy import MPY_VERSION, compile_module
from host_tools.simulator.chip.calls import OPERATIONS

MODULES = Path(__file__).parent / "modules"


@cache
def rom_files() -> dict[str, bytes]:
    """Relative path of the compiled module -> its content."""
    sources = {str(p.relative_to(MODULES).as_posix()): p.read_text() for p in sorted(MODULES.rglob("*.py"))}
    sources["_operations.py"] = "".join(f"{name} = {number}\n" for name, number in OPERATIONS.items())
    return {name.removesuffix(".py") + ".mpy": _compiled(name, source) for name, source in sources.items()}


def _compiled(name: str, source: str) -> bytes:
    key = hashlib.sha256(f"{MPY_VERSION}\0{name}\0{source}".encode()).hexdigest()
    cached = user_cache_path("citynode") / "rom" / key
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "module.py"
            file.write_text(source)
            fresh = Path(folder) / key
            fresh.write_bytes(compile_module(file, name))
            fresh.replace(cached)
    return cached.read_bytes()
