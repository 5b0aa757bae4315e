"""`citynode monitor`: what a node prints, without disturbing it."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import serial
import typer

from host_tools.cli.output import Json, Port, command, emit, fail
from host_tools.dialogue.record import FROM_BOARD, FROM_MODEM, Recorder

BAUDRATE = 115200
POLL_S = 0.02


@command
def run(
    port: Port,
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", show_default="until Ctrl-C", help="Stop after so long."),
    ] = None,
    capture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Write all bytes with their times to FILE, as what a modem says (docs/scenarios.md).",
        ),
    ] = None,
    board_port: Annotated[
        str | None,
        typer.Option(
            metavar="PORT",
            help="With --capture: a second port, that hears what the board says to the modem.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show a node's console.  The node is not reset, and nothing is sent to it.

    With --capture the port may as well hear the line from a modem, and a second one the line to it.
    """
    if board_port and not capture:
        fail("--board-port goes with --capture", "Give --capture FILE, or leave out --board-port.", json)
    with ExitStack() as stack:
        lines = [Line(port, FROM_MODEM, stack.enter_context(_open(port, json)))]
        if board_port:
            lines.append(Line(board_port, FROM_BOARD, stack.enter_context(_open(board_port, json))))
        file = stack.enter_context(capture.open("w", encoding="ascii")) if capture else None
        _watch(lines, Recorder(file) if file else None, seconds, json)


class Line:
    """One port, and the beginning of a line that has come from it."""

    def __init__(self, name: str, direction: str, port: serial.SerialBase):
        self.name = name
        self.direction = direction
        self.port = port
        self._pending = b""

    def read(self, json: bool) -> bytes:
        try:
            return self.port.read(max(1, self.port.in_waiting))
        except serial.SerialException as error:
            fail(f"{self.name} is gone: {error}", "Was it unplugged?", json)

    def complete(self, data: bytes) -> list[bytes]:
        *complete, self._pending = (self._pending + data).split(b"\n")
        return complete

    def rest(self) -> list[bytes]:
        return [self._pending] if self._pending else []


def _watch(lines: list[Line], recorder: Recorder | None, seconds: float | None, json: bool) -> None:
    started = time.monotonic()
    while seconds is None or time.monotonic() < started + seconds:
        for line in lines:
            data = line.read(json)
            if recorder:
                recorder.note(round((time.monotonic() - started) * 1e6), line.direction, data)
            _show(line.complete(data), json)
    for line in lines:
        _show(line.rest(), json)


def _show(lines: list[bytes], json: bool) -> None:
    for line in lines:
        text = line.decode(errors="replace").rstrip("\r")
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
