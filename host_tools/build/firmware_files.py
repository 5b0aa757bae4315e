"""The files on the node's file system: main.py, and the compiled modules that the board needs."""

import ast
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from host_tools.boards import Board, health_table, rules_of, table_of
from host_tools.boards.check_sleep import wake_gpios
from host_tools.boards.model import part_kinds
from host_tools.build.charge import charge
from host_tools.build.constants import fold
from host_tools.build.names import shorten
from host_tools.mpy import compile_text

DEVICE_PACKAGES = ("protocols", "drivers", "firmware")
PARITIES = {"none": None, "even": 0, "odd": 1}  # as machine.UART takes it
WAKE_CALLS = {"esp32": "wake_on_ext1", "esp32s3": "wake_on_ext1", "esp32c3": "wake_on_gpio"}  # by pins
POWER_CONTRACT = "drivers.modem.power_contract:PowerContract"
MAIN = "main"  # MicroPython runs /main.py itself; it cannot be a .mpy
BOARD = "/lib/board.mpy"
COMPAT = "protocols.compat"


def firmware_files(board: Board) -> dict[str, bytes]:
    """Path on the node -> content; only modules that this board's firmware can import."""
    result = {"/main.py": device_sources()[f"firmware.{MAIN}"].encode()}
    for module in modules_of(board):
        path = "/lib/" + path_on_node(module).removesuffix(".py") + ".mpy"
        result[path] = _compiled(module)
    result[BOARD] = compile_text(board_module(board), "board")
    return result


@cache
def device_sources() -> Mapping[str, str]:
    """Every module that a node may have -> its text as nodes get it: constants folded, names short.

    `protocols.compat` asks which interpreter runs: here that is known, and mpy-cross drops the other half.
    """
    sources = {}
    for package in DEVICE_PACKAGES:
        root = source_path(package).parent
        for path in sorted(root.rglob("*.py")):
            module = ".".join((package, *path.relative_to(root).with_suffix("").parts))
            sources[module.removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    sources[COMPAT] = sources[COMPAT].replace('sys.implementation.name == "micropython"', "True")
    return shorten(fold(sources), _keywords())


def _keywords() -> set[str]:
    """What the board module names when a driver is made, and the server when it is configured."""
    kinds = part_kinds().values()
    return {name for kind in kinds for name in (*kind.pins, *kind.uses, *kind.settings)}


def board_module(board: Board) -> str:
    """What the node knows of its board: a module of constants."""
    return "".join(f"{name} = {value!r}\n" for name, value in board_constants(board).items())


def board_constants(board: Board) -> dict[str, object]:
    """What is in that module, by name."""
    table, health = table_of(board), table_of(health_table())
    uarts = {
        n: (u.id, u.baudrate, PARITIES[u.parity], u.tx, u.rx, u.de, _master(board, n))
        for n, u in board.uart.items()
    }
    i2cs = {n: (b.id, b.sda, b.scl, b.frequency_hz) for n, b in board.i2c.items()}
    spis = {n: (b.id, b.sck, b.mosi, b.miso, b.frequency_hz) for n, b in board.spi.items()}
    kinds = {name: part_kinds()[use.part] for name, use in board.parts.items()}
    parts = {
        name: (
            kinds[name].driver,
            use.uart or use.i2c or use.spi,
            use.address,
            use.pins,
            use.uses,
            use.settings,
        )
        for name, use in board.parts.items()
    }
    use = board.modem
    contract = (POWER_CONTRACT, use.psm_s and tuple(use.psm_s), use.edrx_s) if _saves_power(board) else None
    modem = (part_kinds()[use.part].driver, use.uart, use.pins, use.apn, use.bands, contract)
    return {
        "PRODUCT": board.name,
        "SCHEMA_ID": table.schema_id,
        "HEALTH_SCHEMA_ID": health.schema_id,
        "SAMPLE_S": board.sample_s or board.report_s,
        "REPORT_S": board.report_s,
        "SEND_S": board.send_s,
        "HEALTH_S": board.health_s,
        "LISTENS": board.listens,
        "LIFE": _life(board),
        "WAKE": (WAKE_CALLS[board.chip], wake_gpios(board)),  # function of `esp32`, and the pins: when high
        "APPLICATION": board.application and f"firmware.{board.application}",
        # name: (unit, baud rate, parity, tx, rx, direction pin or None, module:class that shares it or None)
        "UARTS": uarts,
        "I2CS": i2cs,  # name: (unit, sda, scl, frequency in Hz)
        "SPIS": spis,  # name: (unit, sck, mosi, miso, frequency in Hz)
        # name: (driver's module:class, bus, address, pins, parts it is made of, by role, settings)
        "PARTS": parts,
        # part: {setting: (least, most), of a table of each column}
        "SETTINGS": {name: kind.settings for name, kind in kinds.items() if kind.settings},
        # (profile's module:class, bus, pins, APN, bands, power saving asked for: module:class, arguments)
        "MODEM": modem,
        # name: (part, percent that is safe)
        "OUTPUTS": {name: (output.part, output.safe) for name, output in board.outputs.items()},
        "POINTS": _points(board),
        # index of the point: (class, step, min_s, above, below, hysteresis)
        "RULES": {i: rules.report for i, rules in enumerate(rules_of(board)) if rules.report},
        # of a start, uAs; awake, mA; asleep, with the modem, uA; with the modem awake, mA; the cell's mAh
        "CHARGE": charge(board),
        "HEALTH": len(health.points),
    }


def _life(board: Board) -> str:
    """The module whose `main` the node runs."""
    return f"firmware.{'sleeper' if board.sleeps else 'awake'}"


def _saves_power(board: Board) -> bool:
    return bool(board.modem.psm_s or board.modem.edrx_s)


def _points(board: Board) -> tuple[tuple, ...]:
    """(name, part, field, divisor, least, most, jump, stuck) of each point."""
    points = zip(table_of(board).points, rules_of(board), strict=True)
    return tuple((p.name, p.part, p.field, p.divisor, *rules.quality) for p, rules in points)


def _master(board: Board, uart: str) -> str | None:
    """What shares the line among its parts."""
    kinds = [part_kinds()[use.part] for use in board.parts.values() if use.uart == uart]
    return kinds[0].master if kinds else None


def source_path(module: str) -> Path:
    """The source of a device module, or of a package's __init__."""
    package, _, rest = module.partition(".")
    path = Path(str(files(package))).joinpath(*rest.split(".")) if rest else Path(str(files(package)))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _is_package(module: str) -> bool:
    return source_path(module).name == "__init__.py"


def path_on_node(module: str) -> str:
    name = module.replace(".", "/")
    return f"{name}/__init__.py" if _is_package(module) else f"{name}.py"


def modules_of(board: Board) -> list[str]:
    """All device modules reachable by imports from main, the application if there is one, and the drivers.

    What a node loads by its name in the board module is added to those.
    """
    kinds = [part_kinds()[use.part] for use in (board.modem, *board.parts.values())]
    drivers = {kind.driver_module for kind in kinds}
    drivers |= {kind.master.partition(":")[0] for kind in kinds if kind.master}
    if _saves_power(board):
        drivers.add(POWER_CONTRACT.partition(":")[0])
    todo = {f"firmware.{MAIN}", _life(board)} | drivers
    if board.application:
        todo.add(f"firmware.{board.application}")
    spared = _spared(board)
    found: set[str] = set()
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo |= imports_of(module) - spared
    return sorted(found - {f"firmware.{MAIN}"})


def _spared(board: Board) -> set[str]:
    """Modules that functions import for what this board has not."""
    needs = {
        "firmware.schedule.rules": board.outputs,
        "firmware.spi_bus": board.spi,
        "firmware.rs485_bus": any(_master(board, uart) for uart in board.uart),
    }
    return {module for module, need in needs.items() if not need}


@cache
def imports_of(module: str) -> frozenset[str]:
    """Device modules that a module imports.

    Without any `__init__`: ours hold a docstring, and MicroPython takes every folder for a package.
    """
    names = set()
    for node in ast.walk(ast.parse(device_sources()[module])):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # `from package import thing`: thing is a module, or a name in package.
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return frozenset(name for name in names & device_sources().keys() if not _is_package(name))


@cache
def _compiled(module: str) -> bytes:
    """Tracebacks name the module: a name that is in RAM anyway, and shorter on flash than a path."""
    return compile_text(device_sources()[module], module)
