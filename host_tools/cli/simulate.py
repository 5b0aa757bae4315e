"""`citynode simulate`: boards without hardware, in virtual time or in real time."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from host_tools.boards import Board, load_board
from host_tools.cli.boards import BoardArgument
from host_tools.cli.output import Json, command, emit, fail, people
from host_tools.cli.paths import Database
from host_tools.cli.reports import as_dict, as_line
from host_tools.cli.serving import serve_boards
from host_tools.provisioning.identity import DEFAULT_PORT, is_loopback, parse_server
from host_tools.simulator.simulation import BoardRun, SimulationOptions, simulate

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@command
def run(
    board: BoardArgument,
    duration: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", show_default="1h", help="Virtual time: 90s, 30m, 2h, 1d."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same run.")] = 0,
    boards: Annotated[int, typer.Option(min=1, help="How many boards.")] = 1,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Keep the boards up in real time, with serial ports, until Ctrl-C."),
    ] = False,
    blank: Annotated[bool, typer.Option("--blank", help="With --serve: start with erased flash.")] = False,
    no_main: Annotated[
        bool, typer.Option("--no-main", help="With --serve: boot to the REPL, do not run the application.")
    ] = False,
    server: Annotated[
        str, typer.Option(help="With --serve: the collector that the boards are provisioned for.")
    ] = f"127.0.0.1:{DEFAULT_PORT}",
    flash_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="With --serve, one board: its flash is read from FILE if that exists (also with --blank),"
            " and written to it after every reset and at the end.",
        ),
    ] = None,
    db: Database = None,
    json: Json = False,
) -> None:
    """Run simulated boards: real MicroPython on a simulated chip, with modem, network and world.

    Without --serve, virtual time: as fast as the machine can, repeatable by seed, one line per report
    as the collector decoded it.
    """
    model = load_board(board)
    if serve:
        if duration:
            fail("--for is for virtual time, --serve is real time", "Leave one of them out.", json)
        if flash_file and boards > 1:
            fail("--flash-file is for one board", "Leave out --boards, or --flash-file.", json)
        host, port = parse_server(server)
        if not is_loopback(host):
            fail(
                f"simulated boards reach only this machine, not {host}", "Give --server 127.0.0.1:PORT.", json
            )
        server_address = None if blank else (host, port)
        serve_boards(model, boards, seed, server_address, not no_main, flash_file, db, json)
    elif blank or no_main or flash_file:
        fail(
            "--blank, --no-main and --flash-file go with --serve",
            "In virtual time the boards always run their firmware, from fresh flash.",
            json,
        )
    else:
        _run_virtual(model, SimulationOptions(_seconds(duration or "1h", json), seed, boards), json)


def _run_virtual(board: Board, options: SimulationOptions, json: bool) -> None:
    with Progress(console=people, transient=True, disable=json or not people.is_terminal) as bar:
        task = bar.add_task(f"{options.boards} x {board.name}", total=1.0)
        runs = simulate(board, options, lambda fraction: bar.update(task, completed=fraction))
    reports = [report for run in runs for report in run.reports]
    for report in sorted(reports, key=lambda report: (report.time, report.node, report.seq)):
        if json:
            emit(as_dict(report))
        else:
            people.print(as_line(report))
    for run in runs:
        _show_run(run, json)


def _show_run(run: BoardRun, json: bool) -> None:
    """How a board's chip fared; after all reports."""
    if json:
        heap = {"bytes": run.heap_bytes, "high_water": run.heap_high_water}
        emit({"node": run.node, "heap": heap, "resets": run.resets})
        return
    resets = ", ".join(f"{count} x {cause}" for cause, count in run.resets.items()) or "none"
    people.print(
        f"{run.node}: live heap at most {run.heap_high_water / 1024:.0f} of {run.heap_bytes / 1024:.0f} KiB,"
        f" resets: {resets}"
    )


def _seconds(text: str, json: bool) -> int:
    match = re.fullmatch(r"([0-9]{1,7})([smhd])", text)
    if not match:
        fail(f"{text!r} is no duration", "Give a whole number and s, m, h or d, as in 90s or 2h.", json)
    return int(match[1]) * UNITS_S[match[2]]
