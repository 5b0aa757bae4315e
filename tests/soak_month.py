"""A month of a smart pole under everything that can go wrong and pass; part of `make soak`.

    python -m tests.soak_month --seed 1
    python -m tests.soak_month --seed 1 --days 2

The troubles are those of tests/swarm.py, some a day, with longer outages, mains that fails or leaves its
limits, power cuts inside flash operations, commands and configurations.  Then all is well, and after some
hours tests/node_truth.py judges what the collector has.
"""

import argparse
import random
import sys
import time

from firmware.last_gasp import FAILED
from host_tools.boards import load_board
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.scenario.actions import Actions
from host_tools.scenario.model import Step
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.simulation import START_UNIX, Stage, stage
from protocols.message_numbers import CRASH, POWER
from tests.node_truth import Sent, Truth
from tests.swarm import network, trouble

DAY_S = 86_400
RECOVERY_S = 3 * 3600
UNDER_WAY_S = 180  # before the end: what was taken later may not have arrived
CLOCK_ERROR_S = 7300  # of a network that tells a wrong time, as tests/swarm.py has it
SURGE_V = 37.0
STARTING_S, FALLING_S = (
    5,
    1,
)  # a node that starts, or whose power goes at once, may miss that the mains failed
TROUBLES, OUTAGES, SURGES, CUTS, FAILURES, COMMANDS = 8, 0.3, 2, 4, 1, 2.5  # a day
LONGEST_OUTAGE_S = 12 * 3600


class Month:
    def __init__(self, made: Stage, seed: int, days: int):
        self._made = made
        self._rng = random.Random(f"soak_month/{seed}")
        self._over_s = days * DAY_S
        self._truth = Truth(made)
        self._actions = Actions(made)
        self._faults = FlashFaults(made.simulated.flash, random.Random(f"soak_month/flash/{seed}"))
        self._levels = list(range(10, 100))
        self._rng.shuffle(self._levels)
        self._power_s = [0.0]  # when the node started, or its power went
        self._failures_s: list[float] = []  # when the mains failed
        made.simulated.chip.on_reset = self._reset
        for _ in range(round(days * TROUBLES)):
            for step in trouble(self._rng, self._over_s):
                self._step(step)
        for _ in range(round(days * OUTAGES) or 1):
            self._outage()
        for times, thing in (
            *((SURGES, self._surge), (CUTS, self._cut), (FAILURES, self._fail_mains)),
            *((COMMANDS, self._command), (1, self._configure)),
        ):
            for _ in range(round(days * times)):
                self._at(self._rng.uniform(60, self._over_s), thing)
        self._at(self._over_s, self._peace)

    def play(self) -> list[str]:
        self._made.play(self._over_s + RECOVERY_S)
        wrong = self._truth.wrong(
            self._made.simulated.board.report_s, self._truth.now_s - UNDER_WAY_S, CLOCK_ERROR_S
        )
        events = self._made.store.events(self._made.node)
        crashes = [event.data[0] for event in events if event.code == CRASH]
        return wrong + [f"a crash: {text}" for text in crashes] + self._missing_failures(events)

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
        if self._levels:
            level = self._levels.pop()
            number = self._made.command("lamp", [level], 2 * DAY_S)
            self._truth.sent.append(Sent(number, self._truth.now_s + 2 * DAY_S, level))

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
    begin = time.monotonic()
    vices = network(random.Random(f"soak_month/network/{options.seed}"))
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S, **vices)
    with stage(
        load_board("smart_pole"), BoardOptions(options.seed, start_unix=START_UNIX, cell=cell)
    ) as made:
        month = Month(made, options.seed, options.days)
        wrong = month.play()
        print(f"month: seed {options.seed}, {options.days} days: {month.summary()}")
        print(f"{time.monotonic() - begin:.0f} s, {len(wrong)} failures")
        print("\n".join(wrong[:40]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
