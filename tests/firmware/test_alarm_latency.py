"""A few seeds of tests/soak_latency.py, and that it tells a late alarm from one in time."""

import pytest

from tests.soak_latency import HOUR_S, TARGET_S, latency_s, summary


@pytest.mark.parametrize("seed", [100, 101])
def test_from_psm_in_normal_coverage(seed):
    assert 1 < latency_s("CE0", seed) <= TARGET_S


def test_by_retry_where_there_was_no_coverage():
    assert HOUR_S < latency_s("an hour without coverage", 100) < 3 * HOUR_S


def test_the_summary():
    found = summary("CE0", [4.0, 5.0, 16.0, None])
    assert (found.seeds, found.within_target, found.lost) == (4, 2, 1)
    assert (found.median_s, found.worst_s) == (5.0, 16.0)
