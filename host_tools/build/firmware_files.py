"""The files on the node's file system: main.py, and the compiled modules that the board needs."""

import ast
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

from host_tools.boards import Board, table_of
from host_tools.boards.model import part_kinds
from host_tools.mpy import compile_module

DEVICE_PACKAGES = ("protocols", "drivers", "firmware")
PARITIES = {"none": None, "even": 0, "odd": 1}  # as machine.UART takes it
MAIN = "main"  # MicroPython runs /main.py itself; it cannot be a .mpy


def firmware_files(board: Board) -> dict[str, bytes]:
    """Path on the node -> content; only modules that this board's firmware can import."""
    result = {"/main.py": source_path(f"firmware.{MAIN}").read_bytes()}
    for module in sorted(_needed(board)):
        path = source_path(module)
        name = path_on_node(module)
        result["/lib/" + name.removesuffix(".py") + ".mpy"] = _compiled(path, name)
    result["/lib/board.mpy"] = _compile_text(board_module(board), "board.py")
    return result


def board_module(board: Board) -> str:
    """What the node knows of its board: a module of constants."""
    table = table_of(board)
    uarts = {
        n: (u.id, u.baudrate, PARITIES[u.parity], u.tx, u.rx, u.de, _master(board, n))
        for n, u in board.uart.items()
    }
    i2cs = {n: (b.id, b.sda, b.scl, b.frequency_hz) for n, b in board.i2c.items()}
    spis = {n: (b.id, b.sck, b.mosi, b.miso, b.frequency_hz) for n, b in board.spi.items()}
    parts = {
        name: (part_kinds()[use.part].driver, use.uart or use.i2c or use.spi, use.address, use.pins)
        for name, use in board.parts.items()
    }
    use = board.modem
    driver = part_kinds()[use.part].driver
    modem = (driver, use.uart, use.pins, use.apn, use.bands, use.psm_s and tuple(use.psm_s), use.edrx_s)
    constants = {
        "PRODUCT": board.name,
        "SCHEMA_ID": table.schema_id,
        "REPORT_S": board.report_s,
        # name: (unit, baud rate, parity, tx, rx, direction pin or None, module:class that shares it or None)
        "UARTS": uarts,
        "I2CS": i2cs,  # name: (unit, sda, scl, frequency in Hz)
        "SPIS": spis,  # name: (unit, sck, mosi, miso, frequency in Hz)
        "PARTS": parts,  # name: (driver's module:class, bus, address, pins)
        "MODEM": modem,  # (profile's module:class, bus, pins, APN, bands, PSM timers and eDRX cycle in s)
        "POINTS": tuple((p.name, p.part, p.field, p.divisor) for p in table.points),
    }
    return "".join(f"{name} = {value!r}\n" for name, value in constants.items())


def _master(board: Board, uart: str) -> str | None:
    """What shares the line among its parts."""
    kinds = [part_kinds()[use.part] for use in board.parts.values() if use.uart == uart]
    return kinds[0].master if kinds else None


def source_path(module: str) -> Path:
    """The source of a device module, or of a package's __init__."""
    package, _, rest = module.partition(".")
    path = Path(str(files(package))).joinpath(*rest.split(".")) if rest else Path(str(files(package)))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def path_on_node(module: str) -> str:
    name = module.replace(".", "/")
    return f"{name}/__init__.py" if source_path(module).name == "__init__.py" else f"{name}.py"


def _needed(board: Board) -> set[str]:
    """All device modules reachable by imports from main, the product's application and its drivers."""
    kinds = [part_kinds()[use.part] for use in (board.modem, *board.parts.values())]
    drivers = {kind.driver_module for kind in kinds}
    drivers |= {kind.master.partition(":")[0] for kind in kinds if kind.master}
    todo = {f"firmware.{MAIN}", f"firmware.{board.name}"} | drivers
    found: set[str] = set()
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo |= _imports(source_path(module))
            todo |= {module.rpartition(".")[0]} - {""}
    return found - {f"firmware.{MAIN}"}


@cache
def _imports(path: Path) -> frozenset[str]:
    """Device modules that the file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import thing`: thing is a module, or a name in package.
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    device = {name for name in names if name.partition(".")[0] in DEVICE_PACKAGES}
    return frozenset(name for name in device if source_path(name).is_file())


@cache
def _compiled(path: Path, name: str) -> bytes:
    return compile_module(path, name)


def _compile_text(source: str, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(source, encoding="utf-8")
        return compile_module(path, name)
