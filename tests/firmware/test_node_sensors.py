"""A part that fails costs its own points, and nobody else's time."""

import pytest

from host_tools.simulator.world import World
from protocols.message_numbers import ALARM, FAULT, SILENT, WORKS
from protocols.report.decoder import INVALID
from tests.firmware.pole_bench import PERIOD_S, PoleBench

POINTS = {
    "meter": {"voltage", "current", "power", "energy"},
    "climate": {"temperature", "humidity"},
    "noise": {"noise"},
    "lamp": {"lamp_level"},
}
TIMEOUT_S = {"meter": 0.3, "climate": 0, "noise": 2}  # all attempts together
RADIO_S = 8  # the longest way of a datagram through this cell, from an idle modem
FAILING = range(5, 8)  # reports: as many as it takes until the silence is told


def fail_with(bench, part, attribute, value):
    """Set the fault from report FAILING[0] on to FAILING[-1]."""
    model = bench.board.parts[part]
    start_s, end_s = FAILING[0] * PERIOD_S - 5, FAILING[-1] * PERIOD_S + 5
    bench.between(start_s, end_s, getattr(model, "faults", model), attribute, value)


def events(bench, code):
    return [event.data for event in bench.store.events(bench.node) if event.code == code]


def missing(report):
    return {name for name, value in report.points.items() if value is None}


@pytest.mark.parametrize(
    ("part", "attribute", "value"),
    [
        ("meter", "silent", True),
        ("meter", "corrupt_next", 1000),
        ("noise", "silent", True),
        ("noise", "corrupt_next", 1000),
        ("climate", "absent", True),
        ("climate", "corrupt_next", 1000),
    ],
)
def test_part_fails_and_recovers(tmp_path, part, attribute, value):
    bench = PoleBench(tmp_path)
    fail_with(bench, part, attribute, value)
    bench.run(660)
    reports = bench.by_period()
    assert len(reports) == 11
    for seq, report in reports.items():
        assert missing(report) == (POINTS[part] if seq in FAILING else set())
    for seq, arrived_s in list(enumerate(bench.arrived_s))[1:]:
        assert arrived_s - seq * PERIOD_S < RADIO_S + (TIMEOUT_S[part] if seq in FAILING else 0)
    assert 1 < bench.console.count(f"sampler: {part}: ") <= 1 + len(FAILING)
    assert bench.console.count(f"sampler: {part}: works") == 1
    assert events(bench, FAULT) == [[part, SILENT], [part, WORKS]]


def test_all_parts_fail_and_the_reports_still_come_in_time(tmp_path):
    bench = PoleBench(tmp_path)
    for part, attribute in (("meter", "silent"), ("noise", "silent"), ("climate", "absent")):
        fail_with(bench, part, attribute, True)
    bench.run(660)
    reports = bench.by_period()
    assert [seq for seq in reports if missing(reports[seq])] == list(FAILING)
    assert all(set(reports[seq].points) - missing(reports[seq]) == POINTS["lamp"] for seq in FAILING)
    for seq in range(1, 11):
        late_s = bench.taken_s(reports[seq]) - bench.taken_s(reports[1]) - PERIOD_S * (seq - 1)
        assert 0 <= late_s <= (TIMEOUT_S["noise"] if seq in FAILING else 0)
    whats = [SILENT] * 3 + [WORKS] * 3
    assert [what for _, what in events(bench, FAULT)] == whats
    assert {name for name, _ in events(bench, FAULT)} == {"meter", "noise", "climate"}


@pytest.mark.parametrize("part", ["meter", "noise"])
def test_garbage_is_asked_again(tmp_path, part):
    bench = PoleBench(tmp_path)
    faults = bench.board.parts[part].faults
    for seq in range(1, 21):
        garbage = bench.board.rng(f"garbage {seq}").randbytes(seq)

        def spoil(garbage=garbage):
            faults.alter_next = lambda _reply: garbage

        bench.at(seq * PERIOD_S - 5, spoil)
    bench.run(1255)
    reports = bench.by_period()
    assert len(reports) == 21
    assert not any(missing(report) for report in reports.values())  # the second attempt gets it


def test_one_wrong_answer_is_asked_again(tmp_path):
    bench = PoleBench(tmp_path)
    fail_with(bench, "meter", "corrupt_next", 1)
    fail_with(bench, "noise", "corrupt_next", 1)
    bench.run(400)
    assert not any(missing(report) for report in bench.in_order())
    assert "sampler" not in bench.console


@pytest.fixture
def mains(monkeypatch):
    """A pole whose mains voltage is its world's `volts`."""
    monkeypatch.setattr(World, "volts", 220.0, raising=False)
    monkeypatch.setattr(World, "mains_v", property(lambda world: world.volts))
    return PoleBench


def test_a_high_voltage_is_an_alarm_until_it_is_over(tmp_path, mains):
    bench = mains(tmp_path)
    bench.between(270, 450, bench.board.world, "volts", 257.0)
    bench.run(660)
    alarms = events(bench, ALARM)
    assert [alarm[:2] for alarm in alarms] == [["voltage", 1], ["voltage", 0]]
    assert [round(value / 10) for _, _, value in alarms] == [257, 220]
    assert [round(report.points["voltage"]) for report in bench.in_order()].count(257) == 3


def test_a_wild_voltage_is_invalid_and_no_alarm(tmp_path, mains):
    bench = mains(tmp_path)
    bench.between(270, 330, bench.board.world, "volts", 290.0)
    bench.run(660)
    voltages = [report.points["voltage"] for report in bench.in_order()]
    assert voltages.count(INVALID) == 1
    assert {round(value) for value in voltages if value != INVALID} == {220}
    assert events(bench, ALARM) == events(bench, FAULT) == []
