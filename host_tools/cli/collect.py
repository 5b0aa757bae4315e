"""`citynode collect`: the server that nodes report to."""

import asyncio
import ipaddress
import logging
import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.events import event_as_dict, event_as_line
from host_tools.cli.output import Json, abandon_stdout, command, emit, fail, people
from host_tools.cli.paths import Database, database_path, open_store
from host_tools.cli.reports import BoardFiles, as_dict, as_line, tables
from host_tools.collector.core import Collector
from host_tools.collector.udp import serve
from host_tools.provisioning.identity import DEFAULT_PORT


@command
def run(
    host: Annotated[str, typer.Option(help="IPv4 address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="UDP port; 0 for any that is free.")
    ] = DEFAULT_PORT,
    plaintext: Annotated[
        bool,
        typer.Option("--plaintext", help="For a bench: let in nodes that were provisioned so."),
    ] = False,
    board: BoardFiles = None,
    db: Database = None,
    json: Json = False,
) -> None:
    """Receive reports and events, store them, hand out commands.  Runs until Ctrl-C."""
    address = _address(host, json)
    schemas = tables(board)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    with open_store(db) as store:
        collector = Collector(store, schemas, time.time, plaintext)
        for listeners in (collector.on_report, collector.on_health):
            listeners.append(lambda report: _say(as_dict(report), as_line(report), json))
        collector.on_event.append(
            lambda event: _say(event_as_dict(event, schemas), event_as_line(event, schemas), json)
        )
        try:
            announce = partial(_announce, db=db, plaintext=plaintext, json=json)
            asyncio.run(serve(collector, str(address), port, announce))
            collector.close()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)  # asyncio's repeats the address
            hint = (
                "Does another `citynode collect` run? --port 0 takes any free port. Is --host this machine's?"
            )
            fail(f"cannot listen on {address}:{port}: {reason}", hint, json)


def _address(host: str, json: bool) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        fail(
            f"--host: {host!r} is no IPv4 address",
            "Give 127.0.0.1 for this machine alone, or an address of this machine.",
            json,
        )


def _announce(bound: tuple, db: Path | None, plaintext: bool, json: bool) -> None:
    address, database = f"{bound[0]}:{bound[1]}", database_path(db)
    text = f"listening on {address}, storing in {database}"
    if plaintext:
        text += "\nNODES WITHOUT PROTECTION ARE LET IN: for a bench only"
    _say({"listening": address, "db": str(database)}, text, json)


def _say(facts: dict, text: str, json: bool) -> None:
    try:
        if json:
            emit(facts)
        else:
            people.print(text)
    except BrokenPipeError:  # whoever read us has left, so we end as if told to
        abandon_stdout()
        signal.raise_signal(signal.SIGTERM)
