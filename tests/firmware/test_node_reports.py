"""What a smart pole reports, and when."""

from itertools import pairwise

import pytest

from host_tools.simulator.cell import CellOptions
from tests.firmware.pole_bench import PERIOD_S, PoleBench, silence

CLOCK_ERROR_S = 2  # the network tells whole seconds, and the answer takes a moment
SAMPLING_S = 0.4
TRUTH = {  # point: the world's value, how far a report may be from it (half a step of report and part)
    "voltage": (lambda world: world.mains_v, 0.05 + 0.005),
    "current": (lambda world: world.current_a, 0.0005 + 0.00001),
    "power": (lambda world: world.lamp_power_mw / 1000, 0.05 + 0.001),
    "temperature": (lambda world: world.temperature_c, 0.005 + 0.0014),
    "humidity": (lambda world: world.humidity_percent, 0.05 + 0.001),
    "noise": (lambda world: world.noise_dba, 0.05 + 0.0001),
}


@pytest.fixture(scope="module")
def two_hours(tmp_path_factory):
    return PoleBench(tmp_path_factory.mktemp("pole")).run(7200)


@pytest.mark.parametrize("name", TRUTH)
def test_values_are_the_worlds(two_hours, name):
    truth, tolerance = TRUTH[name]
    for period, report in two_hours.by_period().items():
        times = [period * PERIOD_S + SAMPLING_S * i / 20 for i in range(21)]
        values = [truth(two_hours.world_at(time, lamp_level=1.0)) for time in times]
        assert min(values) - tolerance <= report.points[name] <= max(values) + tolerance


def test_energy_is_the_meters_whole_watt_hours(two_hours):
    for period, report in two_hours.by_period().items():
        consumed_wh = 120 * period * PERIOD_S / 3600
        assert consumed_wh - 1.2 <= report.points["energy"] <= consumed_wh + 0.1  # one pulse is 0.19 Wh


def test_a_report_every_period_without_drift(two_hours):
    reports = two_hours.by_period()
    assert sorted(reports) == list(range(120))
    times = [two_hours.taken_s(reports[period]) for period in range(1, 120)]
    assert {later - earlier for earlier, later in pairwise(times)} == {PERIOD_S}


def assert_times_are_right(bench):
    for period, report in bench.by_period().items():
        assert report.clock_set
        assert abs(bench.taken_s(report) - period * PERIOD_S) <= CLOCK_ERROR_S


def test_times_are_utc(two_hours):
    assert_times_are_right(two_hours)


def test_lamp_is_on_from_the_start(two_hours):
    assert {report.points["lamp_level"] for report in two_hours.reports} == {100}


def test_reports_taken_before_the_network_was_found_get_their_time(tmp_path):
    bench = PoleBench(tmp_path)
    bench.board.cell.coverage = False
    bench.at(605, lambda: setattr(bench.board.cell, "coverage", True))
    bench.run(1500)
    assert sorted(bench.by_period()) == list(range(25))
    assert_times_are_right(bench)


def test_network_without_a_clock_the_server_tells_the_time(tmp_path):
    bench = PoleBench(tmp_path, CellOptions(utc_at_start=None))
    bench.between(0, 605, bench, "answer", silence)
    bench.run(1800)
    assert len(bench.by_period()) >= 29
    assert_times_are_right(bench)
    assert not bench.uplinks[0].reports  # nothing leaves without a time: the first message asks for it
