"""What commands print: text for people, or JSON for programs; and how failures look."""

import functools
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer
from littlefs import LittleFSError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from host_tools.boards import BoardError
from host_tools.build.bundle import BundleError
from host_tools.collector.store import UnknownNodeError
from host_tools.configuration_form import ConfigurationError
from host_tools.flashing import FlashError
from host_tools.images.esp_image import ImageError
from host_tools.images.partitions import PartitionError
from host_tools.mpy import CompileError
from host_tools.points import PointError
from host_tools.provisioning.identity import ProvisionError
from host_tools.scenario.errors import BrokenExpectationError, ScenarioError
from host_tools.simulator.flash import FlashFileError
from host_tools.simulator.vm.fetch import FetchError
from protocols.errors import EncodeError

# No markup, no emoji codes, no wrapping: what is printed may come from a user's file or from a node,
# and one report is one line, also in a pipe.
PLAIN = {"highlight": False, "markup": False, "emoji": False, "soft_wrap": True}
people = Console(**PLAIN)
trouble = Console(stderr=True, **PLAIN)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Port = Annotated[
    str,
    typer.Option(
        "--port", "-p", envvar="CITYNODE_PORT", help="Serial port: /dev/ttyUSB0, COM3, rfc2217://HOST:PORT."
    ),
]

FRESH_IMAGE = "Get the file anew from micropython.org/download: citynode micropython add FILE"

# Failures that are no bug of ours, and what to do about those that do not say it themselves.
EXPECTED: dict[type[Exception], str] = {
    BoardError: "",
    BrokenExpectationError: "",
    BundleError: "",
    CompileError: "The firmware's sources must be MicroPython 1.27.",
    ConfigurationError: "",
    EncodeError: "Arguments are whole numbers below 2^30 and short texts.",
    FetchError: "",
    FlashError: "",
    FlashFileError: "",
    ImageError: FRESH_IMAGE,
    LittleFSError: "The files do not fit into the node's file system.",
    OSError: "Check the path and your rights to it.",
    PartitionError: FRESH_IMAGE,
    PointError: "",
    ProvisionError: "",
    ScenarioError: "",
    UnknownNodeError: "`citynode provision` adds nodes. Is this the database that it wrote to (--db)?",
    sqlite3.Error: "Is --db the collector's database, and does no other program hold it?",
}


def emit(value: object) -> None:
    """One JSON value on one line, out at once: whoever reads the pipe waits for it."""
    print(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")), flush=True)


def print_table(table: Table) -> None:
    """A table, whose cells do wrap: nothing of them is left out on a narrow terminal."""
    for column in table.columns:
        column.overflow = "fold"
    people.print(table, soft_wrap=False)


def complain(message: str, hint: str, as_json: bool) -> None:
    """Say what went wrong and what to do."""
    if as_json:
        print(json.dumps({"error": message, "hint": hint}, ensure_ascii=False), file=sys.stderr)
    else:
        trouble.print(Text.assemble(("error: ", "bold red"), message))
        if hint:
            trouble.print(Text.assemble(("hint: ", "yellow"), hint))


def fail(message: str, hint: str, as_json: bool) -> NoReturn:
    """Complain, and exit with 1."""
    complain(message, hint, as_json)
    raise typer.Exit(1)


def command(function: Callable) -> Callable:
    """A subcommand: expected failures become one message and exit code 1, Ctrl-C a quiet 130."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        as_json = bool(kwargs.get("json"))
        try:
            return function(*args, **kwargs)
        except BrokenPipeError:
            abandon_stdout()
            raise typer.Exit(1) from None
        except tuple(EXPECTED) as error:
            fail(_words(error), _hint(error), as_json)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None

    return wrapped


def abandon_stdout() -> None:
    """Whoever read our output has left; the interpreter must not try to flush it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _hint(error: Exception) -> str:
    by_class = next(hint for kind, hint in EXPECTED.items() if isinstance(error, kind))
    return getattr(error, "hint", "") or by_class
