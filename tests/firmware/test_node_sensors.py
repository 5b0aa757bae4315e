"""A part that fails costs its own points, and nobody else's time."""

import pytest

from tests.firmware.pole_bench import PERIOD_S, PoleBench

POINTS = {
    "meter": {"voltage", "current", "power", "energy"},
    "climate": {"temperature", "humidity"},
    "noise": {"noise"},
    "lamp": {"lamp_level"},
}
TIMEOUT_S = {"meter": 0.3, "climate": 0, "noise": 2}  # all attempts together
RADIO_S = 8  # the longest way of a datagram through this cell, from an idle modem
FAILING = range(5, 8)  # reports


def fail_with(bench, part, attribute, value):
    """Set the fault from report FAILING[0] on to FAILING[-1]."""
    model = bench.board.parts[part]
    start_s, end_s = FAILING[0] * PERIOD_S - 5, FAILING[-1] * PERIOD_S + 5
    bench.between(start_s, end_s, getattr(model, "faults", model), attribute, value)


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
    reports = bench.by_seq()
    assert len(reports) == 11
    for seq, report in reports.items():
        assert missing(report) == (POINTS[part] if seq in FAILING else set())
    for seq, arrived_s in list(enumerate(bench.arrived_s))[1:]:
        assert arrived_s - seq * PERIOD_S < RADIO_S + (TIMEOUT_S[part] if seq in FAILING else 0)
    assert bench.console.count(f"sampler: {part}") == len(FAILING)


def test_all_parts_fail_and_the_reports_still_come_in_time(tmp_path):
    bench = PoleBench(tmp_path)
    for part, attribute in (("meter", "silent"), ("noise", "silent"), ("climate", "absent")):
        fail_with(bench, part, attribute, True)
    bench.run(660)
    reports = bench.by_seq()
    assert [seq for seq in reports if missing(reports[seq])] == list(FAILING)
    assert all(set(reports[seq].points) - missing(reports[seq]) == POINTS["lamp"] for seq in FAILING)
    times = [bench.taken_s(reports[seq]) for seq in range(1, 11)]
    assert [time - times[0] for time in times] == [PERIOD_S * i for i in range(10)]


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
    reports = bench.by_seq()
    assert len(reports) == 21
    assert not any(missing(report) for report in reports.values())  # the second attempt gets it


def test_one_wrong_answer_is_asked_again(tmp_path):
    bench = PoleBench(tmp_path)
    fail_with(bench, "meter", "corrupt_next", 1)
    fail_with(bench, "noise", "corrupt_next", 1)
    bench.run(400)
    assert not any(missing(report) for report in bench.by_seq().values())
    assert "sampler" not in bench.console
