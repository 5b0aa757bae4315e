"""Whole simulations in virtual time: boards, their network, and a collector, with no port opened.

Boards meet only through the network, and here each has its own collector behind it: so each board is
run by itself from power-on to the end, in one of a few processes, and their reports are merged afterwards.
A board's run is the same whichever others there are.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

from host_tools.boards import Board, schemas_with, table_of
from host_tools.build.bundle import build
from host_tools.collector.commands import queue_command
from host_tools.collector.core import Collector, DecodedEvent, DecodedReport
from host_tools.collector.payload import Argument
from host_tools.collector.store import Keys, Store
from host_tools.images.partitions import micropython_table
from host_tools.provisioning.crews import Crew, crews_for_node
from host_tools.provisioning.identity import (
    DEFAULT_PORT,
    NVS_CREWS,
    NVS_KEY,
    NVS_NAMESPACE,
    SALT_BYTES,
    SECRET_BYTES,
    Provision,
    node_name,
)
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.chip.nvs import Nvs
from host_tools.simulator.energy.account import Energy, EnergyAccount
from host_tools.simulator.internet import Address, VirtualInternet
from host_tools.simulator.kernel import EventQueue
from protocols.message_numbers import ALARM

START_UNIX = 1_767_225_600  # 2026-01-01T00:00:00Z: runs do not depend on the day they are made
SERVER = ("192.0.2.1", DEFAULT_PORT)  # a documentation address (RFC 5737); it exists inside only


Progress = Callable[[float], None]
Prepare = Callable[["Stage"], None]  # called before power comes on


@dataclass(frozen=True)
class SimulationOptions:
    duration_s: int
    seed: int = 0
    boards: int = 1
    start_unix: int = START_UNIX


@dataclass(frozen=True)
class BoardRun:
    """What became of one board: what it told, as stored, and how its chip fared."""

    node: str
    reports: list[DecodedReport]
    health: list[DecodedReport]
    events: list[DecodedEvent]
    alarm_delays_s: list[float]  # of those raised: from the time that the node gave it to the database
    heap_bytes: int  # that the board has for Python objects
    heap_high_water: int  # most bytes of it alive after a garbage collection
    resets: dict[str, int]  # by cause
    energy: Energy


def simulate(
    board: Board,
    options: SimulationOptions,
    progress: Progress = lambda _: None,
    prepare: Prepare = lambda _: None,
) -> list[BoardRun]:
    """Run the boards, as many at a time as there are processors.  `progress` gets 0.0 to 1.0.

    prepare: for a single board only.
    """
    if options.boards == 1:
        return [run_board(board, options, 0, progress, prepare)]
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
    board: Board,
    options: SimulationOptions,
    number: int,
    progress: Progress = lambda _: None,
    prepare: Prepare = lambda _: None,
) -> BoardRun:
    with stage(board, BoardOptions(options.seed, number, options.start_unix)) as run:
        prepare(run)
        for percent in range(1, 100):
            run.queue.at(options.duration_s * 10_000 * percent, lambda p=percent: progress(p / 100))
        return run.play(options.duration_s)


class Stage:
    """A board with flash written and provisioned, its network, and a collector of its own: ready to run."""

    def __init__(self, board: Board, options: BoardOptions, report_s: int | None = None):
        """report_s: None is the board's period."""
        self.options = options
        self.queue = EventQueue()
        internet = self._internet = VirtualInternet(self.queue)
        self.simulated = SimulatedBoard(board, self.queue, internet, options)
        self.store = Store(None)
        provision = provisioned(self.simulated, self.store, SERVER, report_s)
        self.node = provision.node
        load_flash(self.simulated, provision)
        self.reports: list[DecodedReport] = []
        self.health: list[DecodedReport] = []
        self.events: list[DecodedEvent] = []
        self._alarm_delays_s: list[float] = []
        self._random_bytes = self.simulated.rng("collector").randbytes
        self.restart_collector()
        self.online = True  # whether the collector can be reached
        self.bytes_up = self.bytes_down = 0  # of UDP payload, at the collector
        internet.serve(SERVER, self._serve)
        self.account = EnergyAccount(self.simulated)

    def unix_time(self) -> float:
        return self.options.start_unix + self.queue.now_us / 1e6

    def restart_collector(self) -> None:
        """A new one on the same database, as after a crash: what it did not keep there is gone."""
        self._collector = Collector(
            self.store,
            schemas_with(self.simulated.board),
            self.unix_time,
            random_bytes=self._random_bytes,
        )
        self._collector.on_report.append(self.reports.append)
        self._collector.on_health.append(self.health.append)
        self._collector.on_event.extend((self.events.append, self._time_alarm))

    def _time_alarm(self, event: DecodedEvent) -> None:
        if event.code == ALARM and event.clock_set and event.data[1]:
            self._alarm_delays_s.append(max(0.0, self.unix_time() - event.time.timestamp()))

    def _serve(self, data: bytes, source: Address) -> list[bytes]:
        if not self.online:
            return []
        answers = self._collector.datagram(data, source)
        self.bytes_up += len(data)
        self.bytes_down += sum(map(len, answers))
        return answers

    def command(self, name: str, arguments: list[Argument], deadline_s: int) -> int:
        """Send the node a command; returns its id."""
        number = queue_command(self.store, self.node, name, arguments, deadline_s, self.unix_time)
        self._internet.knock(SERVER, lambda: self._collector.knocks() if self.online else [])
        return number

    def play(self, duration_s: int) -> BoardRun:
        """Power on, and off again after that time, or when an event calls `simulated.power_off`."""
        self.queue.at(duration_s * 1_000_000, self.simulated.power_off)
        try:
            self.simulated.run()
        except Exception as error:
            name, number = self.simulated.board.name, self.options.number
            error.add_note(f"in the simulation of {name} number {number} with seed {self.options.seed}")
            raise
        chip = self.simulated.chip
        heap, resets = chip.heap, dict(chip.resets)
        return BoardRun(
            self.node,
            self.reports,
            self.health,
            self.events,
            self._alarm_delays_s,
            heap.size,
            heap.high_water,
            resets,
            self.account.energy(),
        )


@contextmanager
def stage(board: Board, options: BoardOptions, report_s: int | None = None) -> Iterator[Stage]:
    """A `Stage` whose database is gone afterwards."""
    made = Stage(board, options, report_s)
    try:
        yield made
    finally:
        made.store.close()


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
    fobs = [simulated.fob(number) for number in range(1, simulated.crews + 1)]
    crews = crews_for_node([Crew(fob.key, fob.exponent, fob.ahead_s) for fob in fobs])
    return Provision(name, *server, kid, keys, report_s, crews)


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
        if provision.crews:
            nvs_of(simulated).put(NVS_NAMESPACE, NVS_CREWS, provision.crews)


def nvs_of(simulated: SimulatedBoard) -> Nvs:
    """The board's non-volatile storage, from outside."""
    table = micropython_table(simulated.board.flash_bytes)
    return Nvs(simulated.flash, next(row for row in table if row.subtype == "nvs"))
