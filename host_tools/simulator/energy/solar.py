"""A year of a product on a solar panel: what comes in by month, and how far its cell goes down.

No board runs here: what one takes a day is measured in short runs (life.py), and the balance is drawn day by
day, for years of seeded weather.  Each begins on 1 July with a full cell, so that it has one winter in its
middle, and is of the node that takes most; that a node saves when its cell is low is left out.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from host_tools.boards import Board
from host_tools.boards.model import SolarUse
from host_tools.simulator.energy.life import Taken, measure
from host_tools.simulator.energy.year import CLIMATES, DAY_S, LATITUDES, STORM_DAYS
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.pack import (
    CELL_MAH,
    CHARGES_ABOVE_C,
    LOW_SHARE,
    charger_ma,
    self_discharge,
)

YEARS = 20  # seeds of the weather in each climate
DAYS = 365
BEGINS_UNIX = 1_782_864_000  # 2026-07-01T00:00:00Z
STEP_S = 1800
PERCENT = 5


@dataclass(frozen=True)
class Day:
    month: int  # 1 to 12
    offered_mah: float  # by the charger
    rain_mm: float
    leak: float  # share of its charge that the cell loses


@dataclass(frozen=True)
class Outlook:
    """Of one climate; what a percentile is of, all but 5 % of the seeded years reach."""

    harvest_mah: list[float]  # a day, by month from January on: percentile
    lowest: float  # share of the cell's charge in a year: percentile
    through: int  # years without a moment without supply
    never_low: int  # years in which the node never saved
    years: int
    carries_mah: int  # a day, the most that a node may take and never be low in all years


@dataclass(frozen=True)
class SolarLife:
    """`dry` and `storm`: mAh a day by consumer, of the node that takes most; without a rain gauge alike."""

    dry: dict[str, float]
    storm: dict[str, float]
    outlooks: dict[str, Outlook]  # by climate
    capacity_mah: float

    def dark_days(self, share: float) -> float:
        """In dry weather at 20 degrees C, without any sun, from full until so much of the charge is left."""
        takes, leak = sum(self.dry.values()), self_discharge(20.0) * DAY_S
        leaks = leak * self.capacity_mah
        return math.log((takes + leaks) / (takes + leaks * share)) / leak


def solar_life(
    board: Board,
    seeds: int,
    days: int,
    period_s: int | None = None,
    tell: Callable[[float], None] = lambda _: None,
) -> SolarLife:
    """Arguments as of `lives`."""
    taken = measure(board, seeds, days, period_s, tell)
    dry, storm = _most(taken, storm=False), _most(taken, storm=True)
    whole_mah = CELL_MAH * board.battery.parallel
    outlooks = {c: _outlook(board.solar, whole_mah, c, _sum(dry), _sum(storm)) for c in CLIMATES}
    return SolarLife(dry, storm, outlooks, whole_mah)


def _sum(by_consumer: dict[str, float]) -> float:
    return sum(by_consumer.values())


def _most(taken: list[Taken], storm: bool) -> dict[str, float]:
    by_consumer = max((node.storm if storm else node.dry for node in taken), key=_sum)
    return dict(sorted(by_consumer.items(), key=lambda item: -item[1]))


def _outlook(panel: SolarUse, whole_mah: float, climate: str, dry_mah: float, storm_mah: float) -> Outlook:
    years = [weather(panel, climate, seed) for seed in range(YEARS)]
    lowest = [lowest_share(year, whole_mah, dry_mah, storm_mah) for year in years]
    harvest = [_percentile([_mean(year, month) for year in years]) for month in range(1, 13)]
    through, never_low = (sum(share > least for share in lowest) for least in (0, LOW_SHARE))
    return Outlook(harvest, _percentile(lowest), through, never_low, YEARS, _carries_mah(years, whole_mah))


def _carries_mah(years: list[list[Day]], whole_mah: float) -> int:
    can, cannot = 0, round(whole_mah)
    while cannot - can > 1:
        middle = (can + cannot) // 2
        if all(lowest_share(year, whole_mah, middle, middle) > LOW_SHARE for year in years):
            can = middle
        else:
            cannot = middle
    return can


def _mean(year: list[Day], month: int) -> float:
    found = [day.offered_mah for day in year if day.month == month]
    return sum(found) / len(found)


def _percentile(values: list[float]) -> float:
    return sorted(values)[len(values) * PERCENT // 100]


def lowest_share(year: list[Day], whole_mah: float, dry_mah: float, storm_mah: float) -> float:
    """Of the charge, before a day's sun has come; 0.0: it was empty.  The rainiest days are storm days."""
    storms = set(sorted(range(len(year)), key=lambda i: -year[i].rain_mm)[:STORM_DAYS])
    charge_mah = lowest_mah = whole_mah
    for i, day in enumerate(year):
        charge_mah -= charge_mah * day.leak + (storm_mah if i in storms else dry_mah)
        lowest_mah = min(lowest_mah, charge_mah)
        charge_mah = min(max(charge_mah, 0.0) + day.offered_mah, whole_mah)
    return max(lowest_mah, 0.0) / whole_mah


def weather(panel: SolarUse, climate: str, seed: int) -> list[Day]:
    """A year of it."""
    queue = EventQueue()
    world = World(queue, random.Random(f"solar/{seed}"), BEGINS_UNIX)
    world.mean_c, world.season_c = CLIMATES[climate]
    world.sun.latitude = LATITUDES[climate]
    days, fallen_mm = [], 0.0
    for number in range(DAYS):
        begins_us = number * DAY_S * 1_000_000
        offered_mah = sum(
            _offered_mah(world, panel, begins_us + second * 1_000_000)
            for second in range(STEP_S // 2, DAY_S, STEP_S)
        )
        queue.run_until(begins_us + DAY_S * 1_000_000)
        rain_mm, fallen_mm = world.rain.fallen_mm - fallen_mm, world.rain.fallen_mm
        month = datetime.fromtimestamp(BEGINS_UNIX + number * DAY_S, UTC).month
        leak = self_discharge(world.temperature_at(begins_us + DAY_S * 500_000)) * DAY_S
        days.append(Day(month, offered_mah, rain_mm, leak))
    return days


def _offered_mah(world: World, panel: SolarUse, time_us: int) -> float:
    light_w_m2 = world.sun.on_panel_w_m2(time_us, panel.tilt_deg, panel.azimuth_deg)
    if not light_w_m2 or world.temperature_at(time_us) < CHARGES_ABOVE_C:
        return 0.0
    return charger_ma(panel.panel_w, light_w_m2) * STEP_S / 3600
