"""A month of a smart pole under everything that can go wrong and pass; part of `make soak`.

    python -m tests.soak_month --seed 1
    python -m tests.soak_month --seed 1 --days 2

The troubles are those of tests/swarm.py, some a day, in a network with new vices each day.  To them come long
outages, a climate sensor and a meter that fail for hours, mains that fails or leaves its limits, power cuts
inside flash operations, sectors of the file system that wear out, a collector that starts anew, commands and
configurations.  Then all is well, and after some hours tests/month_truth.py judges what the collector has.
"""

import argparse
import random
import sys
import time

from firmware.last_gasp import FAILED
from host_tools.boards import load_board
from host_tools.images.partitions import micropython_table
from host_tools.scenario.actions import Actions
from host_tools.scenario.model import Step
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.flash import SECTOR
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.simulation import START_UNIX, Stage, stage
from protocols.message_numbers import CRASH, POWER
from tests.month_truth import MonthTruth
from tests.node_truth import Sent
from tests.swarm import network, trouble

DAY_S = 86_400
RECOVERY_S = 3 * 3600
UNDER_WAY_S = 180  # before the end: what was taken later may not have arrived
CLOCK_ERROR_S = 7300  # of a network that tells a wrong time, as tests/swarm.py has it
SURGE_V = 37.0
# A node that starts, or whose power goes at once, may miss that the mains failed.
STARTING_S, FALLING_S = 5, 1
# A day:
TROUBLES, OUTAGES, SURGES, CUTS, FAILURES, COMMANDS, RESTARTS, WRONG_FRAMES = 8, 0.3, 2, 4, 1, 3, 2, 10
LONGEST_OUTAGE_S = 12 * 3600
LONGEST_PART_FAULT_S = 4 * 3600
FOREVER = 10**9  # frames


class Month:
    def __init__(self, made: Stage, seed: int, days: int):
        self._made = made
        self._rng = random.Random(f"soak_month/{seed}")
        self._over_s = days * DAY_S
        self._truth = MonthTruth(made)
        self._actions = Actions(made)
        flash = made.simulated.flash
        self._faults = FlashFaults(flash, random.Random(f"soak_month/flash/{seed}"))
        self._flashed = list(flash.wear)
        self._began = time.monotonic()
        self._levels = list(range(10, 100))
        self._rng.shuffle(self._levels)
        self._power_s = [0.0]  # when the node started, or its power went
        self._failures_s: list[float] = []  # when the mains failed
        made.simulated.chip.on_reset = self._reset
        for day in range(days):
            self._plan(day)
        for _ in range(round(days * OUTAGES) or 1):
            self._outage()
        self._at(self._over_s, self._peace)

    def _plan(self, day: int) -> None:
        """What happens on that day; a trouble may begin on any."""
        self._at(day * DAY_S, self._new_network)
        for _ in range(TROUBLES):
            for step in trouble(self._rng, self._over_s):
                self._step(step)
        for begin, end in (
            (lambda: self._truth.set_climate(absent=True), self._truth.set_climate),
            (lambda: self._truth.set_climate(corrupt=True), self._truth.set_climate),
            (lambda: self._spoil_frames(FOREVER), lambda: self._spoil_frames(0)),
        ):
            start_s = self._rng.uniform(day * DAY_S, (day + 1) * DAY_S - LONGEST_PART_FAULT_S)
            self._at(start_s, begin)
            self._at(start_s + self._rng.uniform(600, LONGEST_PART_FAULT_S), end)
        for times, thing in (
            *((SURGES, self._surge), (CUTS, self._cut), (FAILURES, self._fail_mains)),
            *((COMMANDS, self._command), (1, self._configure), (RESTARTS, self._made.restart_collector)),
            *((1, self._wear_out), (WRONG_FRAMES, lambda: self._spoil_frames(1))),
        ):
            for _ in range(times):
                self._at(self._rng.uniform(day * DAY_S, (day + 1) * DAY_S), thing)
        self._at((day + 1) * DAY_S - 1, lambda: self._say(f"day {day + 1}"))

    def play(self) -> list[str]:
        self._made.play(self._over_s + RECOVERY_S)
        wrong = self._truth.wrong(
            self._made.simulated.board.report_s, self._truth.now_s - UNDER_WAY_S, CLOCK_ERROR_S
        )
        events = self._made.store.events(self._made.node)
        crashes = [event.data[0] for event in events if event.code == CRASH]
        return wrong + [f"a crash: {text}" for text in crashes] + self._missing_failures(events)

    def _say(self, when: str) -> None:
        print(
            f"{time.monotonic() - self._began:6.0f} s  {when}: {self.summary()}", file=sys.stderr, flush=True
        )

    def summary(self) -> str:
        store, node, chip = self._made.store, self._made.node, self._made.simulated.chip
        resets = ", ".join(f"{count} {cause}" for cause, count in sorted(chip.resets.items()))
        return (
            f"{len(self._truth.samples)} samples, {len(store.reports(node))} reports,"
            f" {len(store.events(node))} events, {len(self._truth.sent)} commands; resets: {resets}"
        )

    # -- what happens

    def _at(self, at_s: float, action) -> None:
        self._made.queue.at(round(at_s * 1e6), action)

    def _step(self, step: dict) -> None:
        checked = Step.model_validate(step)
        self._at(checked.at, lambda: self._actions.perform(checked))

    def _outage(self) -> None:
        """Longer than those of the swarm."""
        start_s = self._rng.randint(60, self._over_s - 60)
        end_s = min(self._over_s, start_s + self._rng.randint(3600, LONGEST_OUTAGE_S))
        begin, end = self._rng.choice(
            (
                ({"coverage": False}, {"coverage": True}),
                ({"collector": "offline"}, {"collector": "online"}),
            )
        )
        self._step({"at": f"{start_s}s", **begin})
        self._step({"at": f"{end_s}s", **end})

    def _new_network(self) -> None:
        self._made.simulated.cell.set(**network(self._rng))

    def _spoil_frames(self, count: int) -> None:
        """So many of the meter's next ones have a wrong checksum."""
        faults = self._made.simulated.parts["meter"].faults
        if count != 1 or not faults.corrupt_next:
            faults.corrupt_next = count

    def _wear_out(self) -> None:
        """A sector of the file system that was written in this life, but for the first two, which LittleFS
        cannot do without."""
        flash = self._made.simulated.flash
        files = next(row for row in micropython_table(flash.size) if row.label == "vfs")
        sectors = range(files.offset // SECTOR + 2, files.end // SECTOR)
        written = [sector for sector in sectors if flash.wear[sector] > self._flashed[sector]]
        self._faults.wear_out(self._rng.choice(written or sectors))

    def _surge(self) -> None:
        world = self._made.simulated.world
        world.mains_offset_v = SURGE_V - world.mains_offset_v

    def _cut(self) -> None:
        self._faults.cut_after(self._rng.randint(1, 200), self._rng.random())

    def _fail_mains(self) -> None:
        world = self._made.simulated.world
        if world.mains_on:
            self._failures_s.append(self._truth.now_s)
            world.fail_mains(round(self._rng.choice((2, 8, 60, 3600)) * 1e6))

    def _command(self) -> None:
        name, argument, level = self._rng.choice((("lamp", "bright", None), ("fountain", 1, None)))
        if self._levels and self._rng.random() < 0.8:
            name, argument = "lamp", (level := self._levels.pop())
        patience_s = self._rng.choice((30, 2 * DAY_S))
        number = self._made.command(name, [argument], patience_s)
        self._truth.sent.append(Sent(number, self._truth.now_s + patience_s, level))

    def _configure(self) -> None:
        settings = {"health_s": self._rng.randint(600, 7200), "send_s": self._rng.choice((0, 0, 120))}
        self._made.store.set_configuration(self._made.node, settings)

    def _reset(self) -> None:
        self._truth.restarted()
        self._power_s.append(self._truth.now_s)

    def _peace(self) -> None:
        network_now = {name: getattr(CellOptions(), name) for name in network(random.Random(0))}
        self._made.simulated.cell.set(**network_now, reject_cause=None, utc_error_s=0)
        self._made.simulated.cell.coverage = self._made.online = True
        self._made.simulated.world.mains_offset_v = 0.0
        self._made.simulated.modem.faults.end()
        self._made.simulated.parts["meter"].faults.silent = False
        self._spoil_frames(0)

    # -- the mains

    def _missing_failures(self, events: list) -> list[str]:
        """Each failure that a node at work has met; where it did not know the time, there are enough."""
        told = [event for event in events if event.code == POWER and event.data[0] == FAILED]
        dated = [event.time - START_UNIX for event in told if event.time is not None]
        undated = len(told) - len(dated)
        missing = []
        for at_s in self._failures_s:
            if any(-FALLING_S < at_s - power_s < STARTING_S for power_s in self._power_s):
                continue
            event_s = next((event_s for event_s in dated if abs(at_s - event_s) < CLOCK_ERROR_S), None)
            if event_s is None:
                missing.append(at_s)
            else:
                dated.remove(event_s)
        return [f"the mains failed at {at_s:.1f} s: not told" for at_s in missing[undated:]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    if options.days < 1:
        parser.error("--days: one or more")
    begin = time.monotonic()
    board_options = BoardOptions(options.seed, start_unix=START_UNIX)
    with stage(load_board("smart_pole"), board_options) as made:
        month = Month(made, options.seed, options.days)
        wrong = month.play()
        print(f"month: seed {options.seed}, {options.days} days: {month.summary()}")
        print(f"{time.monotonic() - begin:.0f} s, {len(wrong)} failures")
        print("\n".join(wrong[:40]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
