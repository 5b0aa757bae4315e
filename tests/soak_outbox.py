"""The outbox's log under power cuts, for as long as one likes; part of `make soak`.

    python -m tests.soak_outbox --cuts 10000 --seed 1
    python -m tests.soak_outbox --life 1234             the life of a failure, once more

First a busy run is repeated with a cut at each of its flash operations, before it, inside it and after
it; then random lives follow until that many cuts have happened.  All of it is made from the seed.
"""

import argparse
import sys
import time
from collections.abc import Callable

from tests.firmware.log_model import LogModel, busy_run, random_life

BUSY_STEPS = 120
FRACTIONS = (0.0, 0.25, 0.75, 1.0)
LIFE_STEPS = 200
CUT_CHANCE = 0.3
PROGRESS = 1000


def every_operation(seed: int, progress: Callable[[str], None]) -> int:
    """Returns how many cuts that were."""
    uncut, operations = busy_run(seed, BUSY_STEPS)
    progress(f"a run of {operations} flash operations, {len(uncut.accepted)} records")
    for operation in range(1, operations + 1):
        for fraction in FRACTIONS:
            try:
                busy_run(seed, BUSY_STEPS, cut=(operation, fraction))
            except Exception:
                progress(f"seed {seed}, a cut at operation {operation}, {fraction} of it:")
                raise
    return operations * len(FRACTIONS)


def random_lives(first: int, cuts: int, progress: Callable[[str], None]) -> tuple[int, int]:
    """(cuts, records) of lives with seeds from `first` on, until there were `cuts`."""
    done = records = 0
    seed = first
    while done < cuts:
        model = life(seed, progress)
        if (done + model.cuts) // PROGRESS > done // PROGRESS:
            progress(f"{done + model.cuts} cuts, {seed - first + 1} lives")
        done += model.cuts
        records += model.serial
        seed += 1
    return done, records


def life(seed: int, progress: Callable[[str], None]) -> LogModel:
    try:
        return random_life(seed, LIFE_STEPS, CUT_CHANCE)
    except Exception:
        progress(f"life {seed} fails; again: python -m tests.soak_outbox --life {seed}")
        raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cuts", type=int, default=10_000, help="random power cuts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--life", type=int, help="only the life of this seed")
    options = parser.parse_args()
    start = time.monotonic()

    def progress(text: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {text}", file=sys.stderr, flush=True)

    if options.life is not None:
        model = life(options.life, progress)
        print(f"life {options.life}: {model.cuts} cuts, as it should be")
        return
    progress(f"seed {options.seed}")
    planned = every_operation(options.seed, progress)
    cuts, records = random_lives(options.seed * 1_000_000, options.cuts, progress)
    print(
        f"outbox: seed {options.seed}, {planned} cuts in and between all operations of a run, {cuts} random"
        f" cuts over {records} records: nothing lost, nothing twice, every drop counted"
    )


if __name__ == "__main__":
    main()
