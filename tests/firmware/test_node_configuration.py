"""A pole whose settings are changed from the collector."""

from itertools import pairwise

from host_tools.collector.configuration import State, set_settings, status
from protocols.message_numbers import CONFIGURATION_REFUSED
from tests.firmware.pole_bench import CTRL_C, PoleBench

NOWHERE = {"server": ["203.0.113.99", 5683]}


def bench_with(tmp_path, settings, time_s=100):
    bench = PoleBench(tmp_path)
    bench.at(time_s, lambda: set_settings(bench.store, bench.node, settings, may_move=True))
    return bench


def refused(bench):
    """(version, reason) of each event that says so."""
    return [tuple(e.data) for e in bench.store.events(bench.node) if e.code == CONFIGURATION_REFUSED]


def test_settings_are_in_force_after_two_reports(tmp_path):
    rule = {"rules": {"lamp_level": {"step": None}}}
    bench = bench_with(tmp_path, {"report_s": 20, **rule}).run(400)
    found = status(bench.store, bench.node)
    assert (found.state, found.reported) == (State.IN_FORCE, 1)
    taken = [bench.taken_s(report) for report in bench.in_order()]
    assert [round(b - a) for a, b in pairwise(taken)][-8:] == [20] * 8
    assert refused(bench) == []


def test_a_node_that_waits_for_an_hour_is_told_to_be_quicker(tmp_path):
    bench = PoleBench(tmp_path, report_s=3600)
    wanted = {"report_s": 20, "health_s": 300}
    bench.at(5, lambda: set_settings(bench.store, bench.node, wanted))
    bench.run(400)
    taken = [bench.taken_s(report) for report in bench.in_order()]
    assert taken[1] < 60 and [round(b - a) for a, b in pairwise(taken)][-10:] == [20] * 10
    assert len([report for report in bench.store.reports(bench.node) if report.health]) == 2


def test_the_node_comes_back_from_a_server_that_is_not_there(tmp_path):
    bench = bench_with(tmp_path, NOWHERE)
    bench.run(3600)
    found = status(bench.store, bench.node)
    assert (found.state, found.reported) == (State.REFUSED, 0)
    assert refused(bench) == [(1, "no answer from the server")]
    silent_s = max(b - a for a, b in pairwise(bench.arrived_s))
    assert 1800 < silent_s < 2700
    assert sorted(bench.by_period()) == list(range(len(bench.reports)))  # none is lost
    assert bench.console.count("on trial") == 1


def test_a_trial_goes_on_after_a_reset(tmp_path):
    bench = bench_with(tmp_path, {"report_s": 20, **NOWHERE})
    for start_s in range(200, 900, 100):
        bench.type(start_s, CTRL_C)
        bench.type(start_s + 1, b"\rimport machine; machine.reset()\r")
    bench.run(1200)
    assert refused(bench) == [(1, "no answer from the server")]
    assert status(bench.store, bench.node).state is State.REFUSED
    assert max(bench.arrived_s) > 1000


def test_what_the_nodes_own_check_refuses(tmp_path):
    bench = bench_with(tmp_path, {"report_s": 20, "later": 1}).run(300)
    found = status(bench.store, bench.node)
    assert (found.state, found.reason) == (State.REFUSED, "unknown key 'later'")
    assert refused(bench) == [(1, "unknown key 'later'")]
