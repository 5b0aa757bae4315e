"""How long a product lives on its cell: short runs by coverage and seed, and what a year of them takes.

A node stays where it is mounted, so each run has one coverage level, and the share of the nodes that have it.
The first hour, in which a node attaches, is not counted.  Climates change what the cell gives, not what is
taken.  A product with a water gauge is run in dry weather and in storms, each for its share of the year.
"""

import math
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context

from host_tools.boards import Board
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.energy.year import (
    CLIMATES,
    COVERAGE,
    DAY_S,
    HOUR_US,
    STORM_DAYS,
    has_gauge,
    prepare,
)
from host_tools.simulator.simulation import START_UNIX, stage
from host_tools.simulator.worlds.battery import BY_COLD, SELF_DISCHARGE, between, usable_mah

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Span:
    """What one run is: coverage by its place in COVERAGE.  period_s: None: as the board file has it."""

    board: Board
    coverage: int
    seed: int
    days: int
    period_s: int | None = None
    storm: bool = False


@dataclass(frozen=True)
class Taken:
    """By one node: mAh a day by consumer.  Of a product without a water gauge both are the same."""

    span: Span
    dry: dict[str, float]
    storm: dict[str, float]

    def in_a_year(self) -> dict[str, float]:
        """The mean."""
        share = STORM_DAYS / DAYS_PER_YEAR
        names = self.dry | self.storm
        return {name: self.dry.get(name, 0) * (1 - share) + self.storm.get(name, 0) * share for name in names}


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
    period_s: int | None = None,
    tell: Callable[[float], None] = lambda _: None,
) -> Lives:
    """period_s: of its samples, or measurements of gas.  tell: gets 0.0 to 1.0."""
    made: list[Life] = []
    by_consumer: dict[str, float] = {}
    for taken in measure(board, seeds, days, period_s, tell):
        share, _, name = COVERAGE[taken.span.coverage]
        mah = taken.in_a_year()
        for consumer, drawn in mah.items():
            by_consumer[consumer] = by_consumer.get(consumer, 0.0) + drawn * share / seeds
        for climate in CLIMATES:
            mah_per_day = sum(mah.values())
            years = years_of(mah_per_day, climate)
            made.append(Life(share / seeds / len(CLIMATES), name, climate, mah_per_day, years))
    return Lives(made, dict(sorted(by_consumer.items(), key=lambda item: -item[1])))


def measure(
    board: Board, seeds: int, days: int, period_s: int | None, tell: Callable[[float], None]
) -> list[Taken]:
    """Of a node for each coverage and seed."""
    spans = [Span(board, n, seed, days, period_s) for n in range(len(COVERAGE)) for seed in range(seeds)]
    storms = [replace(span, storm=True) for span in spans] if has_gauge(board) else []
    taken = _measure([*spans, *storms], tell)
    dry = taken[: len(spans)]
    return [Taken(*of) for of in zip(spans, dry, taken[len(spans) :] or dry, strict=True)]


def years_of(mah_per_day: float, climate: str) -> float:
    """Until the cell has given what it can in the coldest month; self-discharge follows the temperature."""
    mean_c, swing_c = CLIMATES[climate]
    months_c = [mean_c + swing_c * math.cos(math.tau * month / 12) for month in range(12)]
    whole_mah = usable_mah(mah_per_day / 24, 20.0)
    usable = whole_mah * min(between(BY_COLD, month_c) for month_c in months_c)
    leak = whole_mah * SELF_DISCHARGE * sum(2 ** ((month_c - 20) / 10) for month_c in months_c) / 12
    return usable / (mah_per_day * DAYS_PER_YEAR + leak)


def period_for(years: float, rows: list[tuple[int, float]]) -> int | None:
    """The period, in seconds, that gives so many years; None: it is outside the table.

    rows: (period, years), as measured.  Of what is taken, a part is the same each day, and a part goes with
    the measurements: so 1 / years is read off on a straight line over 1 / period.
    """
    for (shorter, worse), (longer, better) in pairwise(sorted(rows)):
        if worse <= years <= better:
            share = (1 / worse - 1 / years) / (1 / worse - 1 / better)
            return round(1 / (1 / shorter + (1 / longer - 1 / shorter) * share))
    return None


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
        prepare(made, span.days, span.period_s, span.storm)
        before: list[dict[str, float]] = []
        made.queue.at(HOUR_US, lambda: before.append(made.account.drawn_mah()))
        made.play(span.days * DAY_S + 3600)
        after = made.account.drawn_mah()
    return {name: (mah - before[0].get(name, 0.0)) / span.days for name, mah in after.items()}
