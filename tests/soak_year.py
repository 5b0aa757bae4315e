"""A year of a product that sleeps: the seasons, its weather or its traffic, outages; part of `make soak`.

    python -m tests.soak_year --product water_level --seed 1
    python -m tests.soak_year --product manhole_cover --days 30

The world's own showers or vehicles come all the while; a cover is opened a few times a month.  The last day
is without outages.  Judged are all records that the node's flash took, and the alarms, by the world's truth.
"""

import argparse
import random
import sys
import time
from collections import Counter
from itertools import chain
from statistics import median

from host_tools.boards import load_board
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.scenario.ledger import Ledger
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.simulation import START_UNIX, Stage, stage
from protocols.message_numbers import ALARM, CRASH

DAY_S, HOUR_S = 86_400, 3600
SEASON_C = 6.5  # as the year is at 22.5 degrees north
OUTAGES, LONGEST_OUTAGE_S = 1 / 30, 2 * DAY_S  # a day
OPENINGS, OPEN_S = 1 / 10, (600, 7200)  # a day
SETTLED_S = 6 * HOUR_S  # from power-on; a cover has learnt its position by then
LOOK_S = 60
# The water's alarm, and what is certainly beyond it for sensors that are a few millimetres off.
HIGH_MM, LOW_MM = 160, 110
# An alarm's time may be so long before and after the truth's: a storm's sample is five minutes apart.
EARLY_S, LATE_S = {"water_level": 900, "manhole_cover": 5}, {"water_level": 330, "manhole_cover": 30}
POINT = {"water_level": "level", "manhole_cover": "cover_open"}
UNDER_WAY_S = 180


class Year:
    def __init__(self, made: Stage, seed: int, days: int):
        self._made = made
        self._product = made.simulated.board.name
        self._rng = random.Random(f"soak_year/{seed}")
        self._over_s = days * DAY_S
        self._ledger = Ledger(made.simulated.chip)
        self._alarms: list[tuple[float, float]] = []  # that began: when taken, when arrived
        self._truth_s: list[float] = []  # when one had to begin
        self._outages: list[tuple[float, float]] = []
        self._is_high = False
        made._collector.on_event.append(self._arrived)
        made.simulated.world.season_c = SEASON_C
        for _ in range(round((days - 1) * OUTAGES)):
            self._outage()
        if self._product == "water_level":
            self._look()
        else:
            self._open()

    @property
    def _now_s(self) -> float:
        return self._made.queue.now_us / 1e6

    def _at(self, at_s: float, action) -> None:
        self._made.queue.at(round(at_s * 1e6), action)

    # -- what happens

    def _outage(self) -> None:
        begin_s = self._rng.uniform(SETTLED_S, self._over_s - DAY_S)
        end_s = min(self._over_s - DAY_S, begin_s + self._rng.uniform(HOUR_S, LONGEST_OUTAGE_S))
        if all(end_s < begin or begin_s > end for begin, end in self._outages):
            self._outages.append((begin_s, end_s))
            cell = self._made.simulated.cell
            self._at(begin_s, lambda: setattr(cell, "coverage", False))
            self._at(end_s, lambda: setattr(cell, "coverage", True))

    def _open(self) -> None:
        """The next time; not in the last hours, so that it has arrived in any case."""
        cover = self._made.simulated.world.cover
        begin_s = max(self._now_s, SETTLED_S) + self._rng.expovariate(OPENINGS / DAY_S)
        end_s = begin_s + self._rng.uniform(*OPEN_S)
        if end_s > self._over_s - SETTLED_S:
            return
        self._at(begin_s, lambda: cover.tilt(self._rng.uniform(30, 100)))
        self._at(begin_s, lambda: self._truth_s.append(begin_s))
        self._at(end_s, lambda: cover.tilt(0))
        self._at(end_s + HOUR_S, self._open)

    def _look(self) -> None:
        level_mm = self._made.simulated.world.water.level_mm
        if level_mm > HIGH_MM and not self._is_high and self._now_s < self._over_s - SETTLED_S:
            self._truth_s.append(self._now_s)
        self._is_high = level_mm > (LOW_MM if self._is_high else HIGH_MM)
        self._at(self._now_s + LOOK_S, self._look)

    def _arrived(self, event) -> None:
        if event.code == ALARM and tuple(event.data[:2]) == (POINT[self._product], 1):
            self._alarms.append((event.time.timestamp() - START_UNIX, self._now_s))

    # -- the verdict

    def play(self) -> list[str]:
        self._run = self._made.play(self._over_s)
        store, node = self._made.store, self._made.node
        stored = Counter(item.seq for item in chain(store.reports(node), store.events(node)))
        wrong = [f"number {seq} is stored twice" for seq, count in stored.items() if count > 1]
        over_us = (self._over_s - self._made.simulated.board.send_s - UNDER_WAY_S) * 1e6
        missing = [r for r in self._ledger.told() if r.number not in stored and r.at_us < over_us]
        wrong += [
            f"number {record.number}, taken at {record.at_us / 1e6:.0f} s, is missing" for record in missing
        ]
        wrong += [f"a crash: {e.data[0]}" for e in store.events(node) if e.code == CRASH]
        for at_s in self._truth_s:
            early_s, late_s = EARLY_S[self._product], LATE_S[self._product]
            if not any(-early_s <= taken_s - at_s <= late_s for taken_s, _ in self._alarms):
                wrong.append(f"the alarm of {at_s:.0f} s has not come")
        return wrong

    def summary(self) -> str:
        run = self._run
        delays_s = sorted(end - begin for begin, end in self._alarms if not self._is_out(begin))
        late = f"{median(delays_s):.1f} s, at most {delays_s[-1]:.1f} s" if delays_s else "none"
        mah = self._made.account.energy().mah_per_day
        resets = ", ".join(f"{count} {cause}" for cause, count in sorted(run.resets.items()))
        return (
            f"{len(run.reports)} reports, {len(run.events)} events, {len(self._truth_s)} alarms due,"
            f" {len(self._alarms)} told; {len(self._outages)} outages; from an alarm to the collector,"
            f" in coverage: {late}; {mah:.2f} mAh a day; resets: {resets}"
        )

    def _is_out(self, at_s: float) -> bool:
        return any(begin <= at_s <= end + HOUR_S for begin, end in self._outages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--product", choices=sorted(POINT), default="water_level")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.days < 2:
        parser.error("--days: two or more, as the last is without outages")
    begin, begin_cpu = time.monotonic(), time.process_time()
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S)
    board_options = BoardOptions(options.seed, start_unix=START_UNIX, cell=cell)
    with stage(load_board(options.product), board_options) as made:
        year = Year(made, options.seed, options.days)
        wrong = year.play()
        print(f"year of {options.product}: seed {options.seed}, {options.days} days: {year.summary()}")
    took_s, cpu_s = time.monotonic() - begin, time.process_time() - begin_cpu
    print(f"{took_s:.0f} s, {cpu_s:.0f} s of CPU, {len(wrong)} failures")
    print("\n".join(wrong[:40]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
