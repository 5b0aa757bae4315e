"""The mains fails: the node tells it while its capacitor lasts."""

import pytest

from protocols.message_numbers import POWER

FAILED, BACK = [0], [1]
HOLD_UP_S = 10  # of the capacitor


@pytest.fixture(params=["smart_pole", "lighting_controller"])
def board(request, tmp_path):
    """Both products that have a capacitor."""
    from contextlib import closing

    from host_tools.desk import Desk

    marker = request.node.get_closest_marker("device")
    with closing(Desk(request.param, tmp_path, **(marker.kwargs if marker else {}))) as desk:
        yield desk


@pytest.fixture
def power(collector, clock):
    """(second, data) of the events, as they come to the collector."""
    told = []
    collector._core.on_event.append(
        lambda event: event.code == POWER and told.append((clock.now_s, event.data))
    )
    return told


def power_cuts(board):
    return board.simulated.chip.resets["power cut"]


def test_a_short_failure_is_told_when_it_begins_and_when_it_ends(collector, clock, faults, board, power):
    collector.wait_report()
    clock.advance(35)
    fails_s = clock.now_s
    faults.mains(6)
    clock.advance(60)
    assert [data for _, data in power] == [FAILED, BACK]
    assert power[0][0] - fails_s < 6 < power[1][0] - fails_s < 15
    assert not board.simulated.chip.resets


def test_a_long_failure_is_told_before_the_board_dies(collector, clock, faults, board, power):
    collector.wait_report()
    clock.advance(35)
    fails_s = clock.now_s
    faults.mains(60)
    clock.advance(HOLD_UP_S + 1)
    assert [data for _, data in power] == [FAILED]
    assert power[0][0] - fails_s < HOLD_UP_S
    assert power_cuts(board) == 1
    known = len(collector.reports)
    clock.advance(45)
    assert len(collector.reports) == known
    # One was taken without mains: a jump, and so invalid.
    report = collector.wait_report(lambda points: points.get("voltage") != "invalid")
    assert clock.now_s - fails_s > 60
    assert 200 < report.points.get("voltage", 220) < 240
    clock.advance(60)
    assert [data for _, data in power] == [FAILED]  # the new life knows of no failure


def test_failures_one_after_the_other(collector, clock, faults, board, power):
    collector.wait_report()
    clock.advance(35)
    for _ in range(3):
        faults.mains(2)
        clock.advance(20)
    assert [data for _, data in power] == [FAILED, BACK] * 3


@pytest.mark.device(rsrp_dbm=-128)
def test_where_the_radio_is_slow_it_is_told_later_and_once(collector, clock, faults, board, power):
    """The event is on the flash before the radio is asked for anything."""
    collector.wait_report()
    clock.advance(35)
    board.simulated.cell.set(uplink_loss=1.0)
    faults.mains(60)
    clock.advance(30)
    assert power == [] and power_cuts(board) == 1
    board.simulated.cell.set(uplink_loss=0.0)
    clock.advance(600)
    assert [data for _, data in power] == [FAILED]


def test_a_missing_half_wave_is_no_failure(collector, clock, faults, board, power):
    collector.wait_report()
    faults.mains(0.015)
    clock.advance(60)
    assert power == []
