"""Power goes at any operation of the flash, and inside one: nothing stored is lost, or comes twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.outbox.log_state import DROPPED
from firmware.outbox.record_log import CLASSES, TELEMETRY
from tests.firmware.log_bench import LogBench
from tests.firmware.log_model import EXPIRY_S, LogModel, busy_run, random_life

VALUES = st.lists(st.none() | st.integers(-(1 << 29), 1 << 29), max_size=40)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(CLASSES), VALUES),
    st.tuples(st.just("event"), st.sampled_from(CLASSES), st.text(max_size=80)),
    st.tuples(st.just("result")),
    st.tuples(st.just("send"), st.integers(1, 64), st.booleans(), st.integers(0, 255)),
    st.tuples(st.just("refuse"), st.integers(1, 3)),
    st.tuples(st.just("date")),
    st.tuples(st.just("wait"), st.integers(0, 9000)),
    st.tuples(st.just("restart")),
)
CUTS = st.none() | st.tuples(st.integers(1, 12), st.floats(0, 1))


@pytest.mark.parametrize("fraction", [0.3, 0.9])
def test_a_cut_at_every_operation_of_a_busy_run(fraction):
    uncut, operations = busy_run(seed=3, steps=60)
    assert operations > 140 and len(uncut.accepted) > 15
    for operation in range(1, operations + 1):
        model, _ = busy_run(seed=3, steps=60, cut=(operation, fraction))
        assert model.cuts == 1, operation


@pytest.mark.parametrize("seed", range(12))
def test_random_lives_with_many_cuts(seed):
    assert random_life(seed, steps=200, cut_chance=0.3).cuts > 15


def test_among_random_lives_are_full_logs_and_expired_and_refused_records():
    counts = [random_life(seed, steps=200, cut_chance=0.1).bench.log.state.counts for seed in range(12)]
    dropped, expired, refused = (sum(sum(c[a:b]) for c in counts) for a, b in ((0, 3), (3, 6), (6, 7)))
    assert dropped and expired and refused


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from([2, 4, 40]), st.lists(st.tuples(STEPS, CUTS), max_size=60))
def test_any_steps_and_any_cuts(capacity, steps):
    model = LogModel(LogBench(16, capacity, expiry_s=EXPIRY_S))
    for step, cut in steps:
        model.step(*step, cut=cut)
    model.drain()


def full_until_the_next():
    """A model whose log drops a file when the next report comes."""
    model = LogModel(LogBench(16, capacity=2))
    for _ in range(18):
        model.step("add", TELEMETRY, [1 << 28] * 40)
    assert model.bench.outbox.counted(DROPPED + TELEMETRY) == 0
    return model


@pytest.mark.parametrize("fraction", [0.3, 0.9])
def test_a_cut_at_every_operation_of_an_append_that_drops(fraction):
    operations = 0
    while True:
        operations += 1
        model = full_until_the_next()
        model.step("add", TELEMETRY, [1 << 28] * 40, cut=(operations, fraction))
        if not model.cuts:
            break
        model.drain()
    assert operations > 5 and model.bench.outbox.counted(DROPPED + TELEMETRY) == 9


def test_a_report_that_was_not_acknowledged_goes_again_under_its_number():
    bench = LogBench()
    bench.outbox.add_report(1000, 1, [1, 2], TELEMETRY)
    sent = [bench.outbox.next_batch(64, None) for _ in range(2)]
    bench.start()
    sent.append(bench.outbox.next_batch(64, None))
    assert [(r.sequence, r.time, r.content) for (r,) in sent] == [(0, 1000, [1, 2])] * 3
