"""`make swarm`: poles with any modem in random trouble; when it is over, the collector has all reports once.

    python -m tests.swarm --seeds 1000 --first 0 --processes 2
    python -m tests.swarm --first 17 --seeds 1 --show         one seed once more, and what happens in it

A seed is a scenario: a network with its own vices, and faults of modem, radio, operator, server, supply
and parts that overlap as they like.  Then all of it ends, but for a wedged modem, and the node has time
to get over it.
"""

import argparse
import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from host_tools.scenario.errors import BrokenExpectationError
from host_tools.scenario.model import Scenario
from host_tools.scenario.run import run_scenario
from host_tools.simulator.modems.faults import random_fault
from host_tools.simulator.pole_variants import MODEMS, pole_with
from host_tools.simulator.radio.options import CellOptions

SEEDS = 1000
TROUBLE_S = 2 * 3600
RECOVERY_S = 2 * 3600  # longer than the longest patience of the modem's recovery ladder
LONGEST_FAULT_S = 1200
TEMPORARY_REJECTS = (10, 11, 15, 17, 19, 22)


def modem_of(seed: int) -> str:
    return list(MODEMS)[seed % len(MODEMS)]


def swarm_scenario(seed: int) -> Scenario:
    rng = random.Random(f"swarm/{seed}")
    vices = network(rng)
    steps = [step for _ in range(rng.randint(3, 10)) for step in trouble(rng, TROUBLE_S)]
    usual = {name: getattr(CellOptions(), name) for name in (*vices, "reject_cause", "utc_error_s")}
    peace = {"cell": usual, "coverage": True, "collector": "online", "modem": {"fault": "end"}}
    return Scenario(
        title=f"swarm seed {seed}",
        duration=_time(TROUBLE_S + RECOVERY_S),
        seed=seed,
        cell=vices,
        step=[*steps, {"at": _time(TROUBLE_S), **peace}],
        expect=[{"at": _time(TROUBLE_S + RECOVERY_S), "all_delivered_once": True}],
    )


def network(rng: random.Random) -> dict:
    """A network's vices: each seed has some of them."""
    core_ms = rng.choice((0, 0, 300, 3000))
    return {
        "rsrp_dbm": rng.choice((-84, -84, -105, -118, -128)),
        "fading_db": rng.choice((0.0, 3.0, 8.0)),
        "uplink_loss": rng.choice((0.0, 0.05, 0.3)),
        "downlink_loss": rng.choice((0.0, 0.05, 0.3)),
        "duplicate": rng.choice((0.0, 0.0, 0.2)),
        "reorder": rng.choice((0.0, 0.0, 0.2)),
        "core_ms": (core_ms, core_ms, 2 * core_ms),
        "rai_honoured": rng.choice((1.0, 0.5, 0.0)),
        "nat_timeout_s": rng.choice((120, 300, 3600)),
        "new_address": rng.random() < 0.5,
        "psm_grant": rng.choice(("asked", "denied", (2, 86_400))),
    }


def trouble(rng: random.Random, over_s: int) -> Iterator[dict]:
    """One trouble that is over by then, as one step or as the two that begin and end it."""
    start_s = rng.randint(1, over_s - LONGEST_FAULT_S)
    end_s = start_s + rng.randint(1, LONGEST_FAULT_S)
    fault = random_fault(rng)
    begin, end = rng.choice(
        (
            *[({"modem": {"fault": fault.name, **fault.arguments}}, _undo(fault))] * 6,
            ({"coverage": False}, {"coverage": True}),
            ({"collector": "offline"}, {"collector": "online"}),
            ({"cell": {"reject_cause": rng.choice(TEMPORARY_REJECTS)}}, {"cell": {"reject_cause": None}}),
            ({"cell": {"utc_error_s": rng.randint(-7200, 7200)}}, {"cell": {"utc_error_s": 0}}),
            ({"part": {"name": "meter", "silent": True}}, {"part": {"name": "meter", "silent": False}}),
            ({"power_cut": _time(rng.randint(1, 600))}, None),
            ({"brown_out": True}, None),
            ({"network": "detach"}, None),
            ({"network": "detach and reattach"}, None),
            ({"network": "new address"}, None),
            (
                {"reselect": {"cell_id": rng.randrange(1 << 28), "tracking_area": rng.randrange(1, 1 << 16)}},
                None,
            ),
        )
    )
    yield {"at": _time(start_s), **begin}
    if end:
        yield {"at": _time(end_s), **end}


def _undo(fault) -> dict | None:
    return fault.undo and {"modem": {"fault": fault.undo.name, **fault.undo.arguments}}


def _time(seconds: int) -> str:
    return f"{seconds}s"


def run_seed(seed: int) -> str | None:
    """What went wrong, or None."""
    try:
        run_scenario(pole_with(modem_of(seed)), swarm_scenario(seed))
    except BrokenExpectationError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.swarm")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--show", action="store_true", help="print the scenarios, too")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.seeds)
    if options.show:
        for seed in seeds:
            print(modem_of(seed), swarm_scenario(seed).model_dump_json(indent=1, exclude_none=True))
    failed = 0
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as processes:
        pending = {processes.submit(run_seed, seed): seed for seed in seeds}
        for done, future in enumerate(as_completed(pending), 1):
            wrong = future.result()
            if wrong:
                failed += 1
                seed = pending[future]
                print(f"seed {seed} ({modem_of(seed)}): {wrong}")
                print(f"again: python -m tests.swarm --first {seed} --seeds 1", flush=True)
            if done % 50 == 0:
                print(f"{done} of {len(seeds)} seeds, {failed} failed", flush=True)
    print(f"{len(seeds)} seeds, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
