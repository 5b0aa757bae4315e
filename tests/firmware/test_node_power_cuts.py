"""Power cuts in a busy node, judged from outside: a seeded part of what tests/soak_node.py does."""

import pytest

from host_tools.simulator.board import BoardOptions
from host_tools.simulator.simulation import START_UNIX, stage
from tests.node_truth import Truth
from tests.soak_node import PERIOD_S, Life, at_operation, busy_pole, busy_run, random_life

SEED = 7
OPERATIONS = 240  # of the busy run, about: a cut past its last one never comes


def test_a_busy_run_writes_all_the_time():
    lived = busy_run(SEED)
    assert lived.wrong == []
    assert lived.operations > OPERATIONS


@pytest.mark.parametrize("operation", range(4, OPERATIONS, 13))
def test_a_cut_at_an_operation(operation):
    lived = at_operation(SEED, operation)
    assert lived.cuts == 1
    assert lived.wrong == []


@pytest.mark.parametrize("seed", range(5))
def test_a_life_with_many_cuts(seed):
    lived = random_life(seed, cuts=20)
    assert lived.cuts == 20
    assert lived.wrong == []


@pytest.mark.parametrize(
    ("method", "found"), [("add_report", "is missing"), ("add_event", "the server was told 0")]
)
def test_a_collector_that_acknowledges_what_it_has_not_stored_is_found_out(method, found):
    """The verdict itself."""
    with stage(busy_pole(), BoardOptions(SEED, start_unix=START_UNIX)) as made:
        store = getattr(made.store, method)
        stored = []

        def forgets_the_first(*record, **more):
            stored.append(record)
            return store(*record, **more) if len(stored) > 1 else None

        setattr(made.store, method, forgets_the_first)
        assert [found in wrong for wrong in Life(made, SEED).busy(None).wrong] == [True]


def test_a_round_for_an_output_does_not_take_the_place_of_one_that_is_due():
    """It begins before the next is due, and ends after: its samples are no report's."""
    with stage(busy_pole(), BoardOptions(SEED, start_unix=START_UNIX)) as made:
        truth = Truth(made)
        made.simulated.parts["noise"].faults.silent = True  # so it takes long
        for i in range(60):
            at_us = 60_000_000 + round(i * 1.7 * PERIOD_S * 1e6)
            made.queue.at(at_us, lambda: made.command("fountain", [], 3600))
        made.play(1200)
        assert truth.wrong(PERIOD_S, 1170) == []
