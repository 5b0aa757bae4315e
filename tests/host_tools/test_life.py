"""How long a product lives on its cell: the arithmetic, and short runs."""

import pytest

from host_tools.boards import load_board
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.energy.life import Life, Lives, Span, Taken, mah_per_day, period_for, years_of
from host_tools.simulator.energy.year import assumptions, periods_s, prepare
from host_tools.simulator.simulation import START_UNIX, stage
from tests.host_tools.processes import run_here


def test_the_fifth_percentile_is_of_the_nodes_not_of_the_runs():
    good, poor = Life(0.9, "CE0", "22.5 N", 1.0, 20.0), Life(0.1, "CE2", "22.5 N", 2.0, 9.0)
    found = Lives([good, poor], {})
    assert [found.percentile(percent) for percent in (5, 10, 11, 50)] == [9.0, 9.0, 20.0, 20.0]


def test_a_year_has_its_storms():
    span = Span(load_board("water_level"), 0, 0, 1)
    year = Taken(span, {"chip": 1.0, "modem": 2.0}, {"chip": 11.0, "probe": 365.25}).in_a_year()
    assert year["chip"] == pytest.approx(1 + 10 * 20 / 365.25)
    assert year["modem"] == pytest.approx(2 - 2 * 20 / 365.25) and year["probe"] == pytest.approx(20)


def test_years():
    assert years_of(2.0, "22.5 N") > years_of(2.0, "cold") > years_of(4.0, "cold")
    assert years_of(2.0, "22.5 N") < 18_800 / 2 / 365.25


def test_poor_coverage_and_openings_cost():
    board = load_board("manhole_cover")
    good, poor = (mah_per_day(Span(board, coverage, 0, 2)) for coverage in (0, 2))
    assert good["chip deep_sleep"] == pytest.approx(0.12, rel=0.02)
    assert poor["modem transmitting"] > 3 * good["modem transmitting"] > 0
    assert sum(poor.values()) > sum(good.values())


def test_the_period_for_a_life_is_between_two_of_the_table():
    """1 mAh a day, and 100 mAh days between 600 s and 86,400 s: years are as 1 / (1 + 86_400 / period)."""
    rows = [(period, 100 / (1 + 86_400 / period)) for period in (86_400, 21_600, 600)]
    for wanted in (7_200, 43_200):
        years = 100 / (1 + 86_400 / wanted)
        assert period_for(years, rows) == pytest.approx(wanted, rel=1e-3)
    assert period_for(51, rows) is None and period_for(0.5, rows) is None


def test_measurements_of_gas_are_what_costs():
    board = load_board("manhole_cover_gas")
    assert periods_s(board)[0] == 600 and periods_s(load_board("manhole_cover")) == (3600,)
    often, daily = (mah_per_day(Span(board, 0, 0, 1, period_s)) for period_s in (21_600, 86_400))
    assert daily["gas"] == pytest.approx(154 * 180 / 3600, rel=0.02)
    assert often["gas"] == pytest.approx(4 * daily["gas"], rel=0.02)


def test_a_storm_takes_more_than_dry_weather():
    board, drawn = load_board("water_level"), []
    for storm in (False, True):
        with stage(board, BoardOptions(start_unix=START_UNIX)) as made:
            prepare(made, 1, None, storm)
            made.play(4 * 3600)
            drawn.append(made.account.drawn_mah())
            assert (made.simulated.world.rain.fallen_mm > 0) == storm
    assert 6 < drawn[1]["probe"] / drawn[0]["probe"] < 15  # a sample every 5 minutes, not each hour
    assert any("20 storm days" in text for text in assumptions(board))


def test_a_period_that_no_node_takes(capsys):
    told = run_here(capsys, "battery", "manhole_cover", "--sample", "999999")
    assert told.code == 1 and told.out == ""
    assert "--sample 999999: sample_s is not 1 to 86400" in told.err
