"""A whole node and the real collector under power cuts, for as long as one likes; part of `make soak`.

    python -m tests.soak_node --cuts 10000 --seed 1 --processes 2
    python -m tests.soak_node --life 1234           the life of a failure, once more
    python -m tests.soak_node --operation 77        the busy run with a cut at that flash operation, once more

First a busy run of a smart pole is repeated with a cut at each of its flash operations (NVS is in the same
flash); then random lives follow until that many cuts have happened.  When the cuts are over the node gets
some quiet minutes, and tests/node_truth.py judges what the collector has.
"""

import argparse
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from host_tools.boards import Board, load_board
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.simulation import START_UNIX, Stage, stage
from tests.node_truth import Sent, Truth

PERIOD_S = 10
SURGE_V = 37.0  # past the pole's threshold, and within what it does not take for a jump
BUSY_S = 150
QUIET_S = 240
UNDER_WAY_S = 30  # before the end: what was taken later may not have arrived
LIFE_CUTS = 50
LIFE_S = 100_000  # longer than any life: it ends with an event
LEVELS = range(10, 100)  # of the lamp, each for one command of a life
FRACTIONS = (0.0, 0.25, 0.75, 1.0)
PROGRESS = 500


def busy_pole() -> Board:
    """A smart pole that always has something to write."""
    return load_board("smart_pole").model_copy(
        update={"sample_s": PERIOD_S, "report_s": PERIOD_S, "health_s": 30}
    )


@dataclass(frozen=True)
class Lived:
    wrong: list[str]
    cuts: int
    samples: int
    operations: int


class Life:
    """One pole, from power-on to the end of its quiet minutes; what happens to it is made from the seed."""

    def __init__(self, made: Stage, seed: object):
        self.cuts = 0
        self._made = made
        self._rng = random.Random(f"soak_node/{seed}")
        self._levels = list(LEVELS)
        self._rng.shuffle(self._levels)
        self._truth = Truth(made)
        self._flash = made.simulated.flash
        self._written = self._operations()  # by the flasher
        self._faults = FlashFaults(self._flash, random.Random(f"soak_node/flash/{seed}"))
        self._cuts_left = 0  # of a random life, with the one that is planned
        made.simulated.chip.on_reset = self._reset

    def busy(self, cut: tuple[int, float] | None) -> Lived:
        """Two minutes and a half in which all that a node may write is written; cut: operation, fraction."""
        if cut:
            self._faults.cut_after(*cut)
        for at_s, thing in (
            *((40, self._command), (48, self._surge), (62, self._command), (75, self._configure)),
            *((88, self._surge), (95, self._command), (110, self._surge), (120, self._command)),
        ):
            self._after(at_s, thing)
        return self._play(BUSY_S + QUIET_S)

    def random(self, cuts: int) -> Lived:
        """Cuts at random operations, in and between all kinds of trouble, then quiet."""
        self._cuts_left = cuts
        self._next_cut()
        for thing in (self._surge, self._command, self._configure, self._server):
            self._again(thing)
        return self._play(LIFE_S)

    def _play(self, duration_s: int) -> Lived:
        self._made.play(duration_s)
        wrong = self._truth.wrong(PERIOD_S, self._truth.now_s - UNDER_WAY_S)
        return Lived(wrong, self.cuts, len(self._truth.samples), self._operations() - self._written)

    def _operations(self) -> int:
        return self._flash.operations.programs + self._flash.operations.erases

    # -- cuts

    def _reset(self) -> None:
        self._truth.restarted()
        self.cuts += 1
        if self._cuts_left:
            self._cuts_left -= 1
            if self._cuts_left:
                self._next_cut()
            else:
                self._calm_down()

    def _next_cut(self) -> None:
        """Often soon, which is while the node starts or gets over the last one."""
        operations = 1 + int(self._rng.choice((4, 20, 60, 200)) * self._rng.random())
        self._faults.cut_after(operations, self._rng.choice((*FRACTIONS, self._rng.random())))

    def _calm_down(self) -> None:
        self._made.simulated.world.mains_offset_v = 0.0
        self._made.online = True
        self._after(QUIET_S, self._made.simulated.power_off)

    # -- what happens

    def _after(self, seconds: float, action) -> None:
        self._made.queue.after(round(seconds * 1e6), action)

    def _again(self, thing) -> None:
        """`thing` every minute or so while there are cuts to come."""

        def once() -> None:
            if self._cuts_left:
                thing()
                self._again(thing)

        self._after(self._rng.uniform(5, 90), once)

    def _surge(self) -> None:
        """The mains leaves its limits, or comes back."""
        world = self._made.simulated.world
        world.mains_offset_v = SURGE_V - world.mains_offset_v

    def _command(self) -> None:
        name, arguments, level = self._rng.choice((("lamp", ["bright"], None), ("fountain", [], None)))
        if self._levels and self._rng.random() < 0.8:
            level = self._levels.pop()
            name, arguments = "lamp", [level]
        patience_s = self._rng.choice((20, 3600, LIFE_S))
        number = self._made.command(name, arguments, patience_s)
        self._truth.sent.append(Sent(number, self._truth.now_s + patience_s, level))

    def _configure(self) -> None:
        settings = {"health_s": self._rng.randint(20, 60), "safe": {"lamp": 100}}
        self._made.store.set_configuration(self._made.node, settings)

    def _server(self) -> None:
        self._made.online = not self._made.online


def busy_run(seed: int, cut: tuple[int, float] | None = None) -> Lived:
    with stage(busy_pole(), BoardOptions(seed, start_unix=START_UNIX)) as made:
        return Life(made, seed).busy(cut)


def random_life(seed: int, cuts: int = LIFE_CUTS) -> Lived:
    with stage(busy_pole(), BoardOptions(seed, start_unix=START_UNIX)) as made:
        return Life(made, seed).random(cuts)


def fraction_at(seed: int, operation: int) -> float:
    return random.Random(f"{seed}/{operation}").choice(FRACTIONS)


def at_operation(seed: int, operation: int) -> Lived:
    return busy_run(seed, (operation, fraction_at(seed, operation)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cuts", type=int, default=10_000, help="random power cuts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--life", type=int, help="only the life of this seed")
    parser.add_argument("--operation", type=int, help="only the busy run with a cut at this flash operation")
    options = parser.parse_args()
    if options.life is not None or options.operation is not None:
        life, operation = options.life, options.operation
        lived = random_life(life) if operation is None else at_operation(options.seed, operation)
        print(lived)
        return bool(lived.wrong)
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as processes:
        soak = _Soak(processes)
        operations = busy_run(options.seed).operations
        planned = range(1, operations + 1)
        soak.run(at_operation, "operation", [(options.seed, n) for n in planned], f"--seed {options.seed}")
        lives = range(options.seed * 1_000_000, options.seed * 1_000_000 + -(-options.cuts // LIFE_CUTS))
        soak.run(random_life, "life", [(life,) for life in lives], "")
    print(
        f"node: seed {options.seed}, a cut at each of {operations} operations of a run, {len(lives)} lives"
        f" with {LIFE_CUTS} cuts, {soak.samples} samples: {soak.failed} failed"
    )
    return bool(soak.failed)


class _Soak:
    def __init__(self, processes: ProcessPoolExecutor):
        self.failed = self.samples = self.cuts = 0
        self._processes = processes
        self._start = time.monotonic()

    def run(self, function, what: str, cases: list[tuple], more: str) -> None:
        for case, lived in zip(cases, self._processes.map(function, *zip(*cases, strict=True)), strict=True):
            if (self.cuts + lived.cuts) // PROGRESS > self.cuts // PROGRESS:
                seconds = time.monotonic() - self._start
                print(f"{seconds:6.0f} s  {self.cuts + lived.cuts} cuts", file=sys.stderr, flush=True)
            self.cuts += lived.cuts
            self.samples += lived.samples
            if lived.wrong:
                self.failed += 1
                print(f"again: python -m tests.soak_node --{what} {case[-1]} {more}")
                print("\n".join(lived.wrong[:10]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
