"""Imports point one way: protocols ← drivers ← firmware; nothing but host_tools imports host_tools."""

import ast
import tempfile
from pathlib import Path

import pytest

from host_tools.mpy import CompileError, compile_module

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "protocols": {"protocols"},
    "drivers": {"protocols", "drivers"},
    "firmware": {"protocols", "drivers", "firmware"},
    "host_tools": {"protocols", "drivers", "firmware", "host_tools", "boards"},
}


def project_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from ({name.partition(".")[0] for name in names} & {*MAY_IMPORT, "tests"})


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in project_imports(path)
        if name not in MAY_IMPORT[package]
    ]
    assert wrong == []


DEVICE_FILES = sorted(
    p for folder in ("protocols", "drivers", "firmware") for p in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", DEVICE_FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_device_file_compiles_with_mpy_cross(path):
    assert compile_module(path, path.name)


def test_what_micropython_refuses_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.py"
        path.write_text("def f(a, /): pass\n")
        with pytest.raises(CompileError):
            compile_module(path, "module.py")


def test_one_file_asks_which_interpreter_runs():
    asking = [p for p in DEVICE_FILES if "sys.implementation" in p.read_text(encoding="utf-8")]
    assert asking == [ROOT / "protocols/compat.py"]
