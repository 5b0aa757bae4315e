"""Sampler and Faults on random histories."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import Faults
from firmware.sampler import Sampler
from protocols.message_numbers import OUT_OF_RANGE, SILENT, STUCK, WORKS
from protocols.report.encoder import INVALID

JUMP, AFTER, STUCK_AFTER = 10, 3, 4
POINTS = (
    ("a", "m", "x", 1, None, None, None, STUCK_AFTER),
    ("b", "m", "y", 1, None, None, None, None),
    ("c", "n", "z", 1, None, None, None, None),
)
VALUES = st.none() | st.just(INVALID) | st.integers(0, 2)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=60)


class Part:
    async def read(self):
        return self.reading


def filtered(values):
    """The values of a point with a limit to its jumps."""
    part = Part()
    sampler = Sampler({"m": part}, [("a", "m", "x", 1, None, None, JUMP, None)], print)
    for value in values:
        part.reading = {"x": value}
        yield asyncio.run(sampler.sample())[0]


@given(
    st.lists(st.none() | st.integers(-100, 100), max_size=30), st.integers(-100, 100), st.integers(0, JUMP)
)
def test_a_real_step_is_accepted_with_its_second_sample(before, level, wobble):
    assert list(filtered([*before, level, level + wobble]))[-1] == level + wobble


@given(st.lists(st.none() | st.integers(-100, 100), max_size=30))
def test_a_good_value_is_near_the_last_good_one_or_was_seen_twice(values):
    good = None
    for i, value in enumerate(filtered(values)):
        if value in (None, INVALID):
            assert (value is None) == (values[i] is None)
            continue
        assert value == values[i]
        if good is not None and abs(value - good) > JUMP:
            assert abs(value - values[i - 1]) <= JUMP
        good = value


def judged(rows, sleeps=frozenset()):
    faults = Faults(POINTS, AFTER)
    for i, row in enumerate(rows):
        if i in sleeps:
            faults = Faults(POINTS, AFTER, faults.kept, faults.told)
        yield faults.judge(row)


@given(ROWS, st.sets(st.integers(0, 60)))
def test_sleep_changes_nothing(rows, sleeps):
    assert list(judged(rows, sleeps)) == list(judged(rows))


@given(ROWS)
def test_each_fault_has_lasted_and_each_end_had_a_beginning(rows):
    told = {}
    for i, changes in enumerate(judged(rows)):
        for name, what in changes:
            index = "abc".find(name)
            if what == SILENT:
                columns = (0, 1) if name == "m" else (2,)
                assert all(row[k] is None for row in rows[i - AFTER + 1 : i + 1] for k in columns)
            elif what != WORKS:
                seen = [row[index] for row in rows[: i + 1] if row[index] is not None]
                lasts = {OUT_OF_RANGE: AFTER, STUCK: STUCK_AFTER}[what]
                assert len(set(seen[-lasts:])) == 1 and (seen[-1] == INVALID) == (what == OUT_OF_RANGE)
            elif index >= 0:
                assert rows[i][index] not in (None, INVALID)
            assert what != WORKS or told[name] != WORKS
            told[name] = what


@given(ROWS)
def test_nothing_bad_lasts_untold(rows):
    told = {}
    for i, changes in enumerate(judged(rows)):
        told.update(changes)
        last = rows[max(0, i - AFTER + 1) : i + 1]
        if len(last) == AFTER and all(row[2] is None for row in last):
            assert told["n"] == SILENT
        if len(last) == AFTER and all(row[2] == INVALID for row in last):
            assert told["c"] == OUT_OF_RANGE
        if rows[i][2] is not None:
            assert told.get("n", WORKS) == WORKS
        if rows[i][1] not in (None, INVALID):
            assert told.get("b", WORKS) == WORKS
