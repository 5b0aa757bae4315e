"""What each product's firmware takes of its node: flash, heap, start, and work for a sample and a report."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from unittest.mock import patch

from host_tools.bench.figures import Figure
from host_tools.boards import Board, board_names, load_board
from host_tools.build.firmware_files import firmware_files
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.chip.effort import WORK_PER_US, Effort
from host_tools.simulator.chip.esp32 import Esp32
from host_tools.simulator.simulation import START_UNIX, stage
from host_tools.simulator.volume import LittleFsFiles

DAY_S, WORK_S = 25 * 3600, 2 * 3600  # there are products that report once a day
# Periods of runs that differ in one of the two: what the others cost more is a sample's or a report's.
SAMPLE_S, REPORT_S = 120, 1200


def figures() -> list[Figure]:
    """Minutes: a reader that is never idle has a day of many events."""
    with ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn")) as processes:
        found = processes.map(figures_of, board_names())
        return [figure for product in found for figure in product]


def figures_of(name: str) -> list[Figure]:
    return product_figures(load_board(name), DAY_S, WORK_S)


class Watch:
    """What a board's chip does: the .mpy files of each start, its heap when it sleeps, and the VM's work."""

    def __init__(self):
        self.loaded: list[set[str]] = []  # of each start, deep sleep's too
        self.asleep: list[int] = []  # bytes alive at each deep sleep
        self.work_us = 0
        self.wakes_us: list[int] = []  # the work from each start to the deep sleep after it

    @contextmanager
    def watching(self) -> Iterator[None]:
        opened, taken_us, start = LittleFsFiles.open, Effort.taken_us, Effort.begin
        deep_sleep = Esp32._deep_sleep

        def watched_open(files, path, **mode):
            if path.endswith(".mpy"):
                self.loaded[-1].add("/" + path.lstrip("/"))
            return opened(files, path, **mode)

        def watched_taken_us(effort):
            us = taken_us(effort)
            self.work_us += us
            return us

        def watched_begin(effort, vm):
            self.loaded.append(set())
            start(effort, vm)

        def watched_deep_sleep(chip, *until):
            self.asleep.append(chip.heap.measured())
            self.wakes_us.append(self.work_us - sum(self.wakes_us))
            deep_sleep(chip, *until)

        with (
            patch.object(Esp32, "_deep_sleep", watched_deep_sleep),
            patch.object(LittleFsFiles, "open", watched_open),
            patch.object(Effort, "taken_us", watched_taken_us),
            patch.object(Effort, "begin", watched_begin),
        ):
            yield


def product_figures(board: Board, day_s: int, work_s: int) -> list[Figure]:
    sizes = {path: len(data) for path, data in firmware_files(board).items() if path.endswith(".mpy")}
    watch = Watch()
    first: list[tuple[float, float]] = []  # when the first report came, and the most live heap until then
    with stage(board, BoardOptions(1, start_unix=START_UNIX)) as made, watch.watching():
        heap = made.simulated.chip.heap

        def look() -> None:
            if made.reports and not first:
                first.append((made.queue.now_us / 1e6, heap.high_water / 1024))

        for second in range(1, day_s):
            made.queue.at(second * 1_000_000, look)
        made.play(day_s)
    # The last start of one that sleeps may not have come to its end.
    loaded = [sum(sizes[path] for path in paths) / 1024 for paths in watch.loaded[:-1] or watch.loaded]
    name = board.name
    silent = watch.asleep and [
        Figure(f"{name}_silent", min(watch.asleep) / 1024, "KiB", "live heap of a silent wake"),
        Figure(f"{name}_wake", min(watch.wakes_us) / 1000, "ms", "and its own work, in a chip's time"),
    ]
    return [
        Figure(f"{name}_flash", sum(sizes.values()) / 1024, "KiB", f"{name}: .mpy files on flash"),
        Figure(f"{name}_loaded", max(loaded), "KiB", "of them loaded from one start to the next, at most"),
        Figure(f"{name}_least", min(loaded), "KiB", "and at least"),
        Figure(f"{name}_heap_first", first[0][1], "KiB", "most live heap until the first report"),
        Figure(f"{name}_heap", heap.high_water / 1024, "KiB", "most live heap of the day"),
        Figure(f"{name}_first", first[0][0], "s", "power-on to the first report at the collector"),
        *silent,
        *work_figures(board, work_s),
    ]


def work_figures(board: Board, span_s: int) -> list[Figure]:
    base, few = work(board, SAMPLE_S, REPORT_S, span_s)
    more_samples, _ = work(board, SAMPLE_S // 2, REPORT_S, span_s)
    more_reports, many = work(board, SAMPLE_S, SAMPLE_S, span_s)
    samples = span_s / SAMPLE_S
    return [
        Figure(
            f"{board.name}_work_sample", (more_samples - base) / samples, "M", "VM work units for a sample"
        ),
        Figure(f"{board.name}_work_report", (more_reports - base) / (many - few), "M", "and for a report"),
    ]


def work(board: Board, sample_s: int, report_s: int, span_s: int) -> tuple[float, int]:
    """Millions of work units, and the reports, of a run with those periods, each report sent at once."""
    periods = {"sample_s": sample_s, "report_s": report_s, "send_s": 0}
    watch = Watch()
    with stage(board.model_copy(update=periods), BoardOptions(1, start_unix=START_UNIX)) as made:
        with watch.watching():
            made.play(span_s)
        return watch.work_us * WORK_PER_US / 1e6, len(made.reports)
