"""What smart poles cost: one after the other, and many that live at the same time."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from host_tools.bench.figures import Figure, cpu_s, resident_kib
from host_tools.boards import load_board
from host_tools.provisioning.identity import Provision, fresh_keys, node_name
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.fleet import Fleet
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.simulation import (
    SERVER,
    SimulationOptions,
    load_flash,
    run_board,
    simulate,
)

LIVE = 1_000  # poles that live in one process
LIVE_S = 5  # their virtual time: MicroPython has started and waits for the modem
SPANS_S = {1: 4 * 3600, 100: 600}  # poles -> virtual seconds


def figures() -> list[Figure]:
    return [
        Figure("first_report", pole_s(30) * 1000, "ms", "a smart pole's first 30 s, with its first report"),
        Figure("pole_day", pole_s(6 * 3600) * 4, "s", "a smart pole's day, from six hours of it"),
        *speed_figures(SPANS_S),
        *live_figures(),
    ]


def fleet_figures() -> list[Figure]:
    """Thousands of poles: a quarter of an hour on two processors."""
    processors = os.cpu_count() or 1
    with ProcessPoolExecutor(processors, get_context("spawn")) as processes:
        shares = list(processes.map(live_boards, [5 * LIVE // processors] * processors))
    what = f"memory of {processors} processes with {5 * LIVE} poles that live at once"
    return [*speed_figures({1000: 60}), Figure("live_5000", sum(mib for mib, _ in shares), "MiB", what)]


def pole_s(duration_s: int) -> float:
    return cpu_s(lambda: run_board(load_board("smart_pole"), SimulationOptions(duration_s, seed=1), 0))


def speed_figures(spans_s: dict[int, int]) -> list[Figure]:
    """Wall time, all processors, start-up and end included."""
    pole = load_board("smart_pole")
    figures = []
    for poles, span_s in spans_s.items():
        took_s = wall_s(lambda n=poles, s=span_s: simulate(pole, SimulationOptions(s, seed=1, boards=n)))
        what = f"simulated seconds per wall second for {poles} smart poles over {span_s} s"
        figures.append(Figure(f"speed_{poles}", span_s / took_s, "s/s", what))
    return figures


def wall_s(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def live_figures() -> list[Figure]:
    """In a process of its own, so that nothing else counts."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        resident_mib, cpu_ms = process.submit(live_boards, LIVE).result()
    return [
        Figure("live_1000", resident_mib, "MiB", f"memory of a process with {LIVE} poles that live at once"),
        Figure("live_start", cpu_ms, "ms", "CPU time of each of them for its first 5 s"),
    ]


def live_boards(count: int) -> tuple[float, float]:
    """Have `count` poles live at once: (MiB of this process at the end, CPU ms for each)."""
    pole, fleet = load_board("smart_pole"), Fleet()
    started = time.process_time()
    boards = []
    for number in range(count):
        queue = fleet.queue()
        board = SimulatedBoard(pole, queue, VirtualInternet(queue), BoardOptions(seed=1, number=number))
        load_flash(board, Provision(node_name(pole.name, board.mac), *SERVER, b"\0\1", fresh_keys()))
        boards.append(board)
    resident = []

    def end(board: SimulatedBoard) -> None:
        if not resident:  # all boards have come so far, and none has ended
            resident.append(resident_kib() / 1024)
        board.power_off()

    for board in boards:
        board.queue.at(LIVE_S * 1_000_000, lambda b=board: end(b))
    fleet.run([board.run for board in boards])
    return resident[0], (time.process_time() - started) / count * 1000
