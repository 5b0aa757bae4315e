"""`citynode simulate`: boards without hardware, in virtual time or in real time."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from host_tools.boards import Board, load_board
from host_tools.cli.boards import BoardArgument
from host_tools.cli.output import Json, command, fail, people
from host_tools.cli.paths import Database
from host_tools.cli.recording import recording
from host_tools.cli.runs import show_runs
from host_tools.cli.scenario import run_scenario_file
from host_tools.cli.serving import serve_boards
from host_tools.durations import parse_duration
from host_tools.provisioning.identity import DEFAULT_PORT, is_loopback, parse_server
from host_tools.simulator.simulation import Prepare, SimulationOptions, simulate


@command
def run(
    board: BoardArgument,
    duration: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", show_default="1h", help="Virtual time: 90s, 30m, 2h, 1d."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(show_default="0, or the scenario's", help="Same seed, same run.")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="What happens to the board, when, and what is expected of it (docs/scenarios.md).",
        ),
    ] = None,
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
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Not with --serve, one board: write down what board and modem say (docs/scenarios.md).",
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
    if record and (serve or boards > 1):
        fail("--record is for one board in virtual time", "Leave out --serve and --boards.", json)
    if scenario:
        if serve or duration or boards > 1:
            fail(
                "--scenario is one board in virtual time, for as long as the file says",
                "Leave out --serve, --for and --boards.",
                json,
            )
        with recording(record) as prepare:
            run_scenario_file(model, scenario, seed, prepare, json)
    elif serve:
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
        serve_boards(model, boards, seed or 0, server_address, not no_main, flash_file, db, json)
    elif blank or no_main or flash_file:
        fail(
            "--blank, --no-main and --flash-file go with --serve",
            "In virtual time the boards always run their firmware, from fresh flash.",
            json,
        )
    else:
        options = SimulationOptions(_seconds(duration or "1h", json), seed or 0, boards)
        with recording(record) as prepare:
            _run_virtual(model, options, prepare, json)


def _run_virtual(board: Board, options: SimulationOptions, prepare: Prepare, json: bool) -> None:
    with Progress(console=people, transient=True, disable=json or not people.is_terminal) as bar:
        task = bar.add_task(f"{options.boards} x {board.name}", total=1.0)
        runs = simulate(board, options, lambda fraction: bar.update(task, completed=fraction), prepare)
    show_runs(runs, board, json)


def _seconds(text: str, json: bool) -> int:
    hint = "Give a whole number and s, m, h or d, as in 90s or 2h."
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        fail(f"--for: {error}", hint, json)
    if not seconds:
        fail("--for: that is no time at all", hint, json)
    return seconds
