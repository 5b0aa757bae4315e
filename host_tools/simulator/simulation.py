"""Whole simulations in virtual time: boards, their network, and a collector, with no port opened.

Boards meet only through the network, and here each has its own collector behind it: so each board is
run by itself from power-on to the end, in one of a few processes, and their reports are merged afterwards.
A board's run is the same whichever others there are.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from host_tools.boards import Board, schemas_with, table_of
from host_tools.build.bundle import build
from host_tools.collector.core import Collector, DecodedReport
from host_tools.collector.store import Keys, Store
from host_tools.images.partitions import micropython_table
from host_tools.provisioning.identity import (
    DEFAULT_PORT,
    NVS_KEY,
    NVS_NAMESPACE,
    SALT_BYTES,
    SECRET_BYTES,
    Provision,
    node_name,
)
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.chip.nvs import Nvs
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue

START_UNIX = 1_767_225_600  # 2026-01-01T00:00:00Z: runs do not depend on the day they are made
SERVER = ("192.0.2.1", DEFAULT_PORT)  # a documentation address (RFC 5737); it exists inside only


@dataclass(frozen=True)
class SimulationOptions:
    duration_s: int
    seed: int = 0
    boards: int = 1
    start_unix: int = START_UNIX


@dataclass(frozen=True)
class BoardRun:
    """What became of one board: its reports as stored, and how its chip fared."""

    node: str
    reports: list[DecodedReport]
    heap_bytes: int  # that the board has for Python objects
    heap_high_water: int  # most bytes of it alive after a garbage collection
    resets: dict[str, int]  # by cause


def simulate(
    board: Board, options: SimulationOptions, progress: Callable[[float], None] = lambda _: None
) -> list[BoardRun]:
    """Run the boards, as many at a time as there are processors.  `progress` gets 0.0 to 1.0."""
    if options.boards == 1:
        return [run_board(board, options, 0, progress)]
    runs = {}
    # "spawn": the VM's runtime does not survive a fork.
    with ProcessPoolExecutor(min(os.cpu_count() or 1, options.boards), get_context("spawn")) as processes:
        pending = {processes.submit(run_board, board, options, n): n for n in range(options.boards)}
        try:
            for future in as_completed(pending):
                runs[pending[future]] = future.result()
                progress(len(runs) / options.boards)
        except BaseException:
            processes.shutdown(cancel_futures=True)
            raise
    return [runs[number] for number in range(options.boards)]


def run_board(
    board: Board, options: SimulationOptions, number: int, progress: Callable[[float], None] = lambda _: None
) -> BoardRun:
    queue = EventQueue()
    internet = VirtualInternet(queue)
    simulated = SimulatedBoard(board, queue, internet, BoardOptions(options.seed, number, options.start_unix))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "collector.db")
        provision = provisioned(simulated, store, SERVER)
        load_flash(simulated, provision)
        collector = Collector(
            store,
            schemas_with(board),
            lambda: options.start_unix + queue.now_us / 1e6,
            random_bytes=simulated.rng("collector").randbytes,
        )
        reports: list[DecodedReport] = []
        collector.on_report.append(reports.append)
        internet.serve(SERVER, collector.datagram)
        _schedule(queue, options.duration_s, simulated, progress)
        try:
            simulated.run()
        except Exception as error:
            error.add_note(f"in the simulation of {board.name} number {number} with seed {options.seed}")
            raise
        finally:
            store.close()
    chip = simulated.chip
    return BoardRun(provision.node, reports, chip.heap.size, chip.heap.high_water, dict(chip.resets))


def provisioned(
    simulated: SimulatedBoard,
    store: Store,
    server: tuple[str, int],
    report_s: int | None = None,
    plaintext: bool = False,
) -> Provision:
    """Enter the board into the collector's database, as `citynode provision` does.

    Its keys come from the board's seed: for simulations, never for a real node.
    """
    board, rng = simulated.board, simulated.rng("secrets")
    name = node_name(board.name, simulated.mac)
    keys = None if plaintext else Keys(rng.randbytes(SECRET_BYTES), rng.randbytes(SALT_BYTES))
    kid = store.add_node(name, board.name, table_of(board).schema_id, keys, simulated.start_unix)
    return Provision(name, *server, kid, keys, report_s)


def load_flash(
    simulated: SimulatedBoard, provision: Provision | None, files: Mapping[str, bytes] = {}
) -> None:
    """Write what the flasher, and with `provision` the provisioning, would have written.

    files: path on the node -> content, beside the firmware.
    """
    for part in build(simulated.board, use_stand_in=True, extra_files=files).parts:
        simulated.flash.program(part.offset, part.data)
    if provision:
        nvs_of(simulated).put(NVS_NAMESPACE, NVS_KEY, provision.to_json())


def nvs_of(simulated: SimulatedBoard) -> Nvs:
    """The board's non-volatile storage, from outside."""
    table = micropython_table(simulated.board.flash_bytes)
    return Nvs(simulated.flash, next(row for row in table if row.subtype == "nvs"))


def _schedule(queue: EventQueue, duration_s: int, simulated: SimulatedBoard, progress: Callable) -> None:
    for percent in range(1, 100):
        queue.at(duration_s * 10_000 * percent, lambda p=percent: progress(p / 100))
    queue.at(duration_s * 1_000_000, simulated.power_off)
