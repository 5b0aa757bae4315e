"""How long a product lives on its cell: the arithmetic, and short runs."""

import pytest

from host_tools.boards import load_board
from host_tools.simulator.energy.life import Life, Lives, Span, mah_per_day, years_of


def test_the_fifth_percentile_is_of_the_nodes_not_of_the_runs():
    good, poor = Life(0.9, "CE0", "22.5 N", 1.0, 20.0), Life(0.1, "CE2", "22.5 N", 2.0, 9.0)
    found = Lives([good, poor], {})
    assert [found.percentile(percent) for percent in (5, 10, 11, 50)] == [9.0, 9.0, 20.0, 20.0]


def test_years():
    assert years_of(2.0, "22.5 N") > years_of(2.0, "cold") > years_of(4.0, "cold")
    assert years_of(2.0, "22.5 N") < 18_800 / 2 / 365.25


def test_poor_coverage_and_openings_cost():
    board = load_board("manhole_cover")
    good, poor = (mah_per_day(Span(board, coverage, 0, 2)) for coverage in (0, 2))
    assert good["chip deep_sleep"] == pytest.approx(0.12, rel=0.02)
    assert poor["modem transmitting"] > 3 * good["modem transmitting"] > 0
    assert sum(poor.values()) > sum(good.values())
