"""The figures of modems: there is one of each kind for each case, and they are of the measured size."""

import pytest

from host_tools.bench.modems import report_figures


def values(part, level, hint):
    figures = report_figures(part, level, hint)
    assert [figure.unit for figure in figures] == ["s", "uAh", "B", "s"]
    return [figure.value for figure in figures]


def test_a_hint_saves_most_of_the_radio_time():
    """Connected for about 3 s with release assistance and 23 s without, as in dataset NB-IoT-Performance."""
    with_hint, without = values("bc26", 0, "rai"), values("bc26", 0, "no_rai")
    assert 2 < with_hint[0] < 6 and 20 < without[0] < 27
    assert with_hint[1] < without[1] / 3
    assert with_hint[2] == pytest.approx(without[2], rel=0.2)


def test_poor_coverage_costs():
    good, poor = values("bc95g", 0, "rai"), values("bc95g", 2, "rai")
    assert poor[0] > 1.5 * good[0] and poor[1] > 3 * good[1] and poor[3] > 2 * good[3]
