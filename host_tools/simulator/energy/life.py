"""How long a product lives on its cell: short runs by coverage and seed, and what a year of them takes.

A node stays where it is mounted, so each run has one coverage level, and the share of the nodes that have it.
The first hour, in which a node attaches, is not counted.  Climates change what the cell gives, not what is
taken.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

from host_tools.boards import Board
from host_tools.collector.configuration import set_settings
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.energy.currents import rest_current
from host_tools.simulator.simulation import START_UNIX, Stage, stage
from host_tools.simulator.worlds.battery import BY_COLD, SELF_DISCHARGE, between, usable_mah

HOUR_US, DAY_S = 3_600_000_000, 86_400
DAYS_PER_YEAR = 365.25
COVERAGE = ((0.7, -84, "CE0"), (0.2, -119, "CE1"), (0.1, -129, "CE2"))  # share, RSRP in dBm; assumed
CLIMATES = {"22.5 N": (24.0, 6.5), "cold": (2.0, 18.0)}  # yearly mean and swing in degrees C; assumed
OPENINGS_A_MONTH = 10
OPEN_US = 600_000_000
BUSY = {"sample_s": 300, "report_s": 300, "send_s": 3600}  # what a storm makes of a water level's periods
STORM_DAYS = 20  # a year


@dataclass(frozen=True)
class Span:
    """What one run is: coverage by its place in COVERAGE, `settings` as the server would send them."""

    board: Board
    coverage: int
    seed: int
    days: int
    settings: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Life:
    """Of one node: its share of all, and what its year is like."""

    share: float
    coverage: str
    climate: str
    mah_per_day: float
    years: float


@dataclass(frozen=True)
class Lives:
    lives: list[Life]
    by_consumer: dict[str, float]  # mAh a day, the mean over all nodes, the largest first

    def percentile(self, percent: float) -> float:
        """Years that all but so many percent of the nodes reach."""
        passed = 0.0
        for life in sorted(self.lives, key=lambda life: life.years):
            passed += life.share
            if passed >= percent / 100 - 1e-9:
                return life.years
        raise AssertionError("the shares do not add up")


def lives(
    board: Board,
    seeds: int,
    days: int,
    sample_s: int | None = None,
    tell: Callable[[float], None] = lambda _: None,
) -> Lives:
    """sample_s: another period than the board's.  tell: gets 0.0 to 1.0."""
    settings = (("sample_s", sample_s),) if sample_s else ()
    spans = [Span(board, n, seed, days, settings) for n in range(len(COVERAGE)) for seed in range(seeds)]
    has_storms = _has_storms(board)
    storms = [replace(span, settings=tuple(BUSY.items())) for span in spans] if has_storms else []
    taken = _measure([*spans, *storms], tell)
    if has_storms:
        share = STORM_DAYS / DAYS_PER_YEAR
        pairs = zip(taken[: len(spans)], taken[len(spans) :], strict=True)
        taken = [_mixed(dry, storm, share) for dry, storm in pairs]
    made, by_consumer = [], dict.fromkeys(taken[0], 0.0)
    for span, mah in zip(spans, taken, strict=True):
        share, _, name = COVERAGE[span.coverage]
        for consumer, drawn in mah.items():
            by_consumer[consumer] = by_consumer.get(consumer, 0.0) + drawn * share / seeds
        for climate in CLIMATES:
            mah_per_day = sum(mah.values())
            years = years_of(mah_per_day, climate)
            made.append(Life(share / seeds / len(CLIMATES), name, climate, mah_per_day, years))
    return Lives(made, dict(sorted(by_consumer.items(), key=lambda item: -item[1])))


def years_of(mah_per_day: float, climate: str) -> float:
    """Until the cell has given what it can in the coldest month; self-discharge follows the temperature."""
    mean_c, swing_c = CLIMATES[climate]
    months_c = [mean_c + swing_c * math.cos(math.tau * month / 12) for month in range(12)]
    whole_mah = usable_mah(mah_per_day / 24, 20.0)
    usable = whole_mah * min(between(BY_COLD, month_c) for month_c in months_c)
    leak = whole_mah * SELF_DISCHARGE * sum(2 ** ((month_c - 20) / 10) for month_c in months_c) / 12
    return usable / (mah_per_day * DAYS_PER_YEAR + leak)


def assumptions(board: Board) -> list[str]:
    """In words, for whoever reads the figures."""
    mix = ", ".join(f"{share:.0%} at {rsrp} dBm ({name})" for share, rsrp, name in COVERAGE)
    places = ", ".join(f"{name}: {mean:g} +- {swing:g} C" for name, (mean, swing) in CLIMATES.items())
    told = [
        "one ER34615, 17 to 19 Ah by mean current (Linden), in the cold down to 45 % of it (assumed)",
        f"nodes by coverage: {mix}; half of them in each climate ({places})",
        f"{1000 * rest_current().ma(0):g} uA that the rest of the board takes; {rest_current().source}",
        "self-discharge 1 % a year at 20 degrees C, twice that for each 10 degrees more",
    ]
    if _has_cover(board):
        told.append(f"{OPENINGS_A_MONTH} openings a month, of 10 minutes each: two alarms each")
    if _has_storms(board):
        told.append(f"{STORM_DAYS} storm days a year with a sample every 5 minutes, sent each hour")
    return told


def _measure(spans: list[Span], tell: Callable[[float], None]) -> list[dict[str, float]]:
    done = []
    with ProcessPoolExecutor(os.cpu_count() or 1, get_context("spawn")) as processes:
        for mah in processes.map(mah_per_day, spans):
            done.append(mah)
            tell(len(done) / len(spans))
    return done


def mah_per_day(span: Span) -> dict[str, float]:
    """By consumer, of a board that has been up for an hour."""
    rsrp_dbm = COVERAGE[span.coverage][1]
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S, rsrp_dbm=rsrp_dbm)
    with stage(span.board, BoardOptions(span.seed, start_unix=START_UNIX, cell=cell)) as made:
        if span.settings:
            set_settings(made.store, made.node, dict(span.settings))
        if _has_cover(span.board):
            _open_now_and_then(made, span.days)
        before: list[dict[str, float]] = []
        made.queue.at(HOUR_US, lambda: before.append(made.account.drawn_mah()))
        made.play(span.days * DAY_S + 3600)
        after = made.account.drawn_mah()
    return {name: (mah - before[0].get(name, 0.0)) / span.days for name, mah in after.items()}


def _open_now_and_then(made: Stage, days: int) -> None:
    cover, gap_us = made.simulated.world.cover, round(30 / OPENINGS_A_MONTH * 24 * HOUR_US)
    for begins_us in range(gap_us // 2, days * 24 * HOUR_US, gap_us):
        made.queue.at(begins_us, lambda: cover.tilt(40))
        made.queue.at(begins_us + OPEN_US, lambda: cover.tilt(0))


def _has_cover(board: Board) -> bool:
    return any(use.part == "lis2dw12" for use in board.parts.values())


def _has_storms(board: Board) -> bool:
    return any(use.part == "a02yyuw" for use in board.parts.values())


def _mixed(dry: dict[str, float], storm: dict[str, float], share: float) -> dict[str, float]:
    return {name: dry.get(name, 0) * (1 - share) + storm.get(name, 0) * share for name in dry | storm}
