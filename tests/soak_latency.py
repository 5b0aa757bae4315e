"""How long an alarm of a manhole cover takes, from the hands at the cover to the row in the database.

    python -m tests.soak_latency                    50 seeds in normal coverage, 20 in each of the others
    python -m tests.soak_latency --seeds 5 --only CE0 --json
    python -m tests.soak_latency --crews 1          the node knows a crew, and listens for its fob in vain

A seed is a node in deep sleep, its modem in PSM, whose cover somebody begins to open at a random time of a
day.  Part of `make soak`; docs/covers.md has the last figures.
"""

import argparse
import json
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from multiprocessing import get_context
from statistics import median, quantiles

from host_tools.boards import load_board
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.simulation import START_UNIX, Stage, stage
from protocols.message_numbers import ALARM

HOUR_S = 3600
FIRST_S, DAY_S = HOUR_S, 24 * HOUR_S  # it has learnt its position long before the first
OPEN_DEG = 40
LOOK_US = 100_000  # between two looks into the database
LIMIT_S = 12 * HOUR_S
TARGET_S = 15
PERCENTILE = 95


@dataclass(frozen=True)
class Place:
    """seeds: how many tell enough; away_s: for how long there is no coverage, from the opening on."""

    seeds: int
    network: dict
    away_s: int = 0


PLACES = {
    "CE0": Place(50, {}),
    "CE1": Place(20, {"rsrp_dbm": -119}),
    "CE2": Place(20, {"rsrp_dbm": -129}),
    "half lost": Place(20, {"uplink_loss": 0.5, "downlink_loss": 0.5}),
    "an hour without coverage": Place(20, {}, HOUR_S),
}


@dataclass(frozen=True)
class Latency:
    """Of one place, in seconds from the beginning of the opening."""

    place: str
    seeds: int
    median_s: float
    percentile_s: float
    worst_s: float
    within_target: int
    lost: int  # not there after LIMIT_S


def latency_s(name: str, seed: int, crews: int = 0) -> float | None:
    """From the beginning of the opening to the alarm; None: not within LIMIT_S."""
    place = PLACES[name]
    opened_s = random.Random(f"latency/{seed}").uniform(FIRST_S, FIRST_S + DAY_S)
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S, **place.network)
    options = BoardOptions(seed, start_unix=START_UNIX, cell=cell, crews=crews)
    with stage(load_board("manhole_cover"), options) as made:
        at = made.queue.at
        made.simulated.world.water.force(0)  # no other alarm
        at(round(opened_s * 1e6), lambda: made.simulated.world.cover.tilt(OPEN_DEG))
        if place.away_s:
            at(round(opened_s * 1e6), lambda: _cover(made, False))
            at(round((opened_s + place.away_s) * 1e6), lambda: _cover(made, True))
        at(round(opened_s * 1e6), lambda: _look(made))
        made.play(round(opened_s) + LIMIT_S)
        return made.queue.now_us / 1e6 - opened_s if _has_alarm(made) else None


def _cover(made: Stage, present: bool) -> None:
    made.simulated.cell.coverage = present


def _look(made: Stage) -> None:
    if _has_alarm(made):
        made.simulated.power_off()
    else:
        made.queue.after(LOOK_US, lambda: _look(made))


def _has_alarm(made: Stage) -> bool:
    return any(event.code == ALARM and event.data[:2] == ["cover_open", 1] for event in made.events)


def summary(name: str, seconds: list[float | None]) -> Latency:
    there = sorted(one for one in seconds if one is not None)
    percentile_s = quantiles(there, n=100, method="inclusive")[PERCENTILE - 1]
    within = sum(one <= TARGET_S for one in there)
    rounded = (round(one, 1) for one in (median(there), percentile_s, there[-1]))
    return Latency(name, len(seconds), *rounded, within, len(seconds) - len(there))


def words(one: Latency) -> str:
    seconds = f"median {one.median_s} s, {PERCENTILE} % {one.percentile_s} s, worst {one.worst_s} s"
    fared = f"{one.within_target} within {TARGET_S} s, {one.lost} lost"
    return f"{one.place}: {one.seeds} seeds, {seconds}, {fared}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, help="of each place, two or more")
    parser.add_argument("--first", type=int, default=0, help="seed")
    parser.add_argument("--only", choices=PLACES)
    parser.add_argument("--crews", type=int, default=0, choices=range(5))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.seeds is not None and options.seeds < 2:
        parser.error("--seeds: two or more, for percentiles")
    found = []
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as processes:
        for name in [options.only] if options.only else PLACES:
            seeds = range(options.first, options.first + (options.seeds or PLACES[name].seeds))
            found.append(
                summary(name, list(processes.map(latency_s, repeat(name), seeds, repeat(options.crews))))
            )
            if not options.json:
                print(words(found[-1]), flush=True)
    if options.json:
        print(json.dumps([asdict(one) for one in found]))
    return any(one.lost for one in found)


if __name__ == "__main__":
    sys.exit(main())
