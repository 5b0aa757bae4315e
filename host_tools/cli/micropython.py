"""`citynode micropython`: official images for hardware, and the VM for simulated boards."""

from pathlib import Path
from typing import Annotated

import typer

from host_tools.chips import chips
from host_tools.cli.output import Json, command, emit, people
from host_tools.images import micropython
from host_tools.simulator.vm import fetch

app = typer.Typer(invoke_without_command=True)
VM_SUFFIXES = (".wasm", ".tgz")


@app.command()
@command
def add(
    file: Annotated[
        Path, typer.Argument(help="A chip's .bin, or the VM as .wasm or npm's .tgz.", dir_okay=False)
    ],
    json: Json = False,
) -> None:
    """Check an official MicroPython file and keep a copy."""
    if file.suffix in VM_SUFFIXES:
        path = fetch.add(file)
        facts, text = (
            {"vm": fetch.VERSION},
            f"added the MicroPython {fetch.VERSION} VM for simulated boards: {path}",
        )
    else:
        record = micropython.add(file)
        facts = {"chip": record.chip, "version": record.version, "sha256": record.sha256}
        text = f"added MicroPython {record.version} for {record.chip}, SHA-256 {record.sha256}"
    if json:
        emit(facts)
    else:
        people.print(text)


@app.callback()
@command
def list_added(context: typer.Context, json: Json = False) -> None:
    """List the official MicroPython files that were added, or add one: they are used offline from then on."""
    if context.invoked_subcommand:
        return
    records = [record for name in chips() if (record := micropython.find(name))]
    if json:
        emit(
            [{"chip": r.chip, "version": r.version, "sha256": r.sha256, "file": r.file_name} for r in records]
        )
    for record in () if json else records:
        people.print(f"{record.chip}  MicroPython {record.version}  {record.file_name}  {record.sha256}")
    if not records and not json:
        people.print(
            "none yet: simulated boards use stand-ins, hardware needs `citynode micropython add FILE`"
        )
