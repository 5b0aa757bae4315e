"""`citynode monitor`: what a node prints, without disturbing it."""

import time
from typing import Annotated

import serial
import typer

from host_tools.cli.output import Json, Port, command, emit, fail

BAUDRATE = 115200
POLL_S = 0.2


@command
def run(
    port: Port,
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", show_default="until Ctrl-C", help="Stop after so long."),
    ] = None,
    json: Json = False,
) -> None:
    """Show a node's console.  The node is not reset, and nothing is sent to it."""
    line = _open(port, json)
    ends = None if seconds is None else time.monotonic() + seconds
    pending = b""
    try:
        while ends is None or time.monotonic() < ends:
            pending += line.read(max(1, line.in_waiting))
            *complete, pending = pending.split(b"\n")
            for text in complete:
                _show(text.decode(errors="replace").rstrip("\r"), json)
    except serial.SerialException as error:
        fail(f"{port} is gone: {error}", "Was it unplugged?", json)
    finally:
        line.close()
    if pending:
        _show(pending.decode(errors="replace"), json)


def _show(text: str, json: bool) -> None:
    if json:
        emit({"line": text})
    else:
        print(text, flush=True)


def _open(port: str, json: bool) -> serial.SerialBase:
    try:
        line = serial.serial_for_url(port, baudrate=BAUDRATE, timeout=POLL_S, do_not_open=True)
        line.dtr = line.rts = False  # asserted, they would reset the board
        line.open()
    except (OSError, ValueError):  # pyserial's own words repeat the port up to three times
        fail(
            f"cannot open {port}: it does not exist, or another program has it",
            "Check the name, the cable, your rights to the port, and programs like serial monitors.",
            json,
        )
    return line
