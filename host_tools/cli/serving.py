"""`citynode simulate --serve`: simulated boards as if they lay on the desk."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from host_tools.boards import Board
from host_tools.cli.output import emit, people
from host_tools.cli.paths import open_store
from host_tools.provisioning.identity import node_name
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.serve import ServedBoard
from host_tools.simulator.simulation import load_flash, provisioned
from host_tools.simulator.vm import fetch

POLL_S = 0.5  # Windows hands a signal to Python only between two waits

Notices = SimpleQueue[tuple[int, str] | None]  # a board's number and what a person there would notice; stop


def serve_boards(
    board: Board,
    count: int,
    seed: int,
    server: tuple[str, int] | None,
    run_main: bool,
    flash_file: Path | None,
    db: Path | None,
    json: bool,
) -> None:
    """Until Ctrl-C.  server: the boards are flashed, and provisioned for it; None: the flash stays blank.

    flash_file: of a single board; where it exists, its content is taken instead.  It is written after
    every reset, and at the end.
    """
    notices: Notices = SimpleQueue()
    # A signal ends the wait by what it puts there: if it only interrupts CPython's `get`, and the time-out
    # passes meanwhile, that waits for ever (the time that is left gets negative).
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: notices.put(None))
    fetch.wasm_path()  # whatever is wrong with the VM comes out here, not on a board's thread

    def prepare(simulated: SimulatedBoard) -> None:
        simulated.chip.run_main = run_main
        if flash_file and flash_file.exists():
            simulated.flash.load(flash_file)
        elif server:
            with open_store(db) as store:
                load_flash(simulated, provisioned(simulated, store, server))
        if flash_file:
            simulated.flash.save(flash_file)  # whatever is wrong with the path comes out here
            simulated.chip.on_reset = lambda: _save(simulated.flash, flash_file, _reporter(notices, 0))

    with ExitStack() as cleanup:
        served: list[ServedBoard] = []
        for number in range(count):
            options = BoardOptions(seed, number, int(time.time()))
            served.append(ServedBoard(board, options, _reporter(notices, number), prepare))
            cleanup.callback(served[-1].close)
        names = [node_name(board.name, each.simulated.mac) for each in served]
        _announce(served, names, json)
        for number, notice in _until_stopped(notices):
            _say(names[number], notice, json)
    if flash_file:
        served[0].simulated.flash.save(flash_file)


def _save(flash: NorFlash, path: Path, report: Callable[[str], None]) -> None:
    """On a board's thread, which has nobody to catch an error."""
    try:
        flash.save(path)
    except OSError as error:
        report(f"the flash is not written to {path}: {error.strerror}")


def _reporter(notices: Notices, number: int) -> Callable[[str], None]:
    return lambda text: notices.put((number, text))


def _until_stopped(notices: Notices) -> Iterator[tuple[int, str]]:
    while True:
        with suppress(Empty):
            notice = notices.get(timeout=POLL_S)
            if notice is None:
                return
            yield notice


def _say(node: str, notice: str, json: bool) -> None:
    if json:
        emit({"node": node, "notice": notice})
    else:
        people.print(f"{node}: {notice}")


def _announce(served: list[ServedBoard], names: list[str], json: bool) -> None:
    boards = [
        {"node": name, "serial": each.addresses.serial, "pty": each.addresses.pty}
        for name, each in zip(names, served, strict=True)
    ]
    if json:
        emit({"boards": boards})
        return
    for each in boards:
        people.print(f"{each['node']}  {each['serial']}  {each['pty'] or ''}")
    people.print("Ctrl-C ends them")
