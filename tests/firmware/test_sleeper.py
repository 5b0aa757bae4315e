"""Nodes that sleep, for hours and days: what wakes them, what a wake does, and that nothing is lost."""

from itertools import pairwise

import pytest

from host_tools.collector.commands import queue_command
from host_tools.collector.configuration import set_settings
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.modems.dialect import Depth
from protocols.message_numbers import ALARM, DONE, UNKNOWN_COMMAND
from tests.firmware.sleeper_bench import CTRL_C, HOUR_S, sleeper

OPEN_S = 5 * HOUR_S + 17
LEARNT_S = 600  # when a cover has learnt its position, in a wake of its own


def alarms(bench):
    """(time since power-on, point, 1 it begins or 0 it ends)."""
    events = [event for event in bench.store.events(bench.node) if event.code == ALARM]
    return sorted((event.time - bench.options.start_unix, *event.data[:2]) for event in events)


def test_a_silent_wake_leaves_modem_and_flash_alone():
    with sleeper() as bench:
        flash, modem = bench.simulated.flash.operations, bench.simulated.modem
        seen = []
        for hour in (0.5, 6.4):
            bench.at(
                hour * HOUR_S,
                lambda: seen.append((flash.programs, flash.erases, modem.sleep.woken, modem.sleep.depth)),
            )
        bench.run(6.5)
        assert bench.wakes == pytest.approx([LEARNT_S, *(HOUR_S * n for n in range(1, 7))], abs=5)
        assert len(bench.turns) == 1 and bench.turns[0] < 10
        assert seen[0] == seen[1] and seen[1][3] == Depth.DEEP
        assert len(bench.arrived()) == 1


def test_a_day_of_the_water_level():
    with sleeper("water_level") as bench:
        bench.run(24.5)
        hours = [HOUR_S * n for n in range(25)]
        assert [time for time, _ in bench.arrived()] == pytest.approx(hours, abs=5)
        assert [round(turn / HOUR_S) for turn in bench.turns] == [0, 6, 12, 18, 24]
        assert len(bench.store.reports(bench.node, health=True)) == 2
        assert bench.simulated.chip.resets == {"deep-sleep": len(bench.wakes) + 1}


def test_an_opened_cover_is_told_at_once():
    with sleeper() as bench:
        bench.at(OPEN_S, lambda: bench.world.cover.tilt(40))
        bench.at(OPEN_S + 15, lambda: alarms_then.extend(alarms(bench)))
        bench.at(8 * HOUR_S - 60, lambda: bench.world.cover.tilt(0))
        alarms_then = []
        bench.run(8.5)
        assert ("cover_open", 1) in [(name, state) for _, name, state in alarms_then]
        assert all(abs(time - OPEN_S) < 5 for time, *_ in alarms_then)
        over = [name for _, name, state in alarms(bench) if not state]
        assert sorted(over) == ["cover_open", "missing", "tilted"]


@pytest.mark.parametrize("after_s", [1.2, 1.9, 2.5, 4, 6, 8])
def test_a_power_cut_in_the_midst_of_a_wake(after_s):
    """The cover stays open, so the alarm is there again in any case; it must not come as another record."""
    with sleeper() as bench:
        bench.at(OPEN_S, lambda: bench.world.cover.tilt(40))
        bench.at(OPEN_S + after_s, bench.simulated.chip.cut_power)
        bench.run(5.2)
        stored = [values for time, values in bench.arrived() if time >= OPEN_S - 5]
        assert stored and all(values["cover_open"] == 1 for values in stored)
        assert ("cover_open", 1) in [(name, state) for _, name, state in alarms(bench)]
        numbers = [report.seq for report in bench.reports]
        assert len(numbers) == len(set(numbers))


def test_a_record_that_power_was_cut_behind_is_sent():
    with sleeper() as bench:
        bench.at(HOUR_S, lambda: setattr(bench, "online", False))
        bench.at(OPEN_S, lambda: bench.world.cover.tilt(40))
        bench.at(OPEN_S + 60, lambda: bench.world.cover.tilt(0))
        bench.at(OPEN_S + 70, bench.simulated.chip.cut_power)
        bench.at(OPEN_S + 65, lambda: setattr(bench, "online", True))
        bench.run(5.2)
        opened = [time for time, state in bench.arrived("cover_open") if state]
        assert opened and abs(opened[0] - OPEN_S) < 5


def test_what_fails_is_tried_again_after_growing_pauses():
    with sleeper() as bench:
        flash = bench.simulated.flash
        bench.at(HOUR_S, lambda: setattr(bench, "online", False))
        bench.at(2 * HOUR_S, lambda: setattr(bench.simulated.parts["cover"], "cut", True))
        kept = []
        bench.at(4 * HOUR_S, lambda: kept.append(sum(flash.wear)))
        bench.at(47 * HOUR_S, lambda: kept.append(sum(flash.wear)))
        bench.at(47 * HOUR_S, lambda: setattr(bench, "online", True))
        bench.run(56)
        turns = [turn for turn in bench.turns if HOUR_S < turn < 47 * HOUR_S]
        pauses = [b - a for a, b in pairwise(turns)]
        assert 16 <= len(pauses) <= 30
        assert pauses[0] < 600 and max(pauses) < 6.2 * HOUR_S and pauses[-1] > 2.9 * HOUR_S
        assert kept[1] - kept[0] < 40
        assert alarms(bench) == [(pytest.approx(2 * HOUR_S, abs=5), "cover_open", 1)]


def test_a_contact_that_stays_does_not_wake_again_and_again():
    with sleeper() as bench:
        bench.at(2.5 * HOUR_S, lambda: bench.world.water.force(500))
        bench.at(9.5 * HOUR_S, lambda: bench.world.water.force(0))
        bench.at(12.5 * HOUR_S, lambda: bench.world.water.force(500))
        bench.run(14.5)
        # By the hour, and every ten minutes while there is water; by the contact when it closes.
        assert len([wake for wake in bench.wakes if wake < 2.4 * HOUR_S]) == 3
        assert len([wake for wake in bench.wakes if 2.4 * HOUR_S < wake < 9.45 * HOUR_S]) == 42
        assert len([wake for wake in bench.wakes if 9.7 * HOUR_S < wake < 12.45 * HOUR_S]) == 3
        assert [state for _, name, state in alarms(bench)] == [1, 0, 1]
        assert abs(alarms(bench)[2][0] - 12.5 * HOUR_S) < 70


def test_a_shaken_cover_wakes_and_sleeps_again():
    with sleeper() as bench:
        bench.at(4000, lambda: bench.world.cover.knock(1.0))  # too short
        bench.at(5000, lambda: bench.world.cover.knock(1.0, lasts_s=4))
        bench.at(6000, lambda: bench.world.cover.knock(1.0, lasts_s=4))
        bench.run(2.9)
        assert [round(wake, -1) for wake in bench.wakes] == [LEARNT_S, 3600, 5000, 6000, 7200]
        assert len(bench.turns) == 1


def test_reports_from_before_the_clock_was_known_are_dated_over_sleep():
    with sleeper("water_level", cell=CellOptions(utc_at_start=None)) as bench:
        bench.online = False
        bench.at(3.4 * HOUR_S, lambda: setattr(bench, "online", True))
        bench.run(12.5)
        hours = [HOUR_S * n for n in range(len(bench.arrived()))]
        assert len(hours) >= 7
        assert [time for time, _ in bench.arrived()] == pytest.approx(hours, abs=30)


@pytest.mark.parametrize("typed_s", [3, 18])
def test_there_is_a_way_in_after_power_on(typed_s):
    with sleeper() as bench:
        bench.at(typed_s, lambda: bench.simulated.chip.console_in(CTRL_C))
        bench.run(3)
        assert bench.wakes == [] and ">>>" in bench.console
        assert not bench.simulated.chip.resets


def test_a_wake_can_be_broken_off_from_the_console():
    with sleeper() as bench:
        bench.at(2 * HOUR_S - 900, lambda: bench.world.cover.tilt(40))
        bench.at(2 * HOUR_S - 896, lambda: bench.simulated.chip.console_in(CTRL_C))
        bench.run(5)
        assert len(bench.wakes) == 3 and "KeyboardInterrupt" in bench.console


def test_the_result_of_a_command_goes_out_in_the_same_turn():
    with sleeper("water_level") as bench:
        for name in ("nonsense", "restart"):
            queue_command(bench.store, bench.node, name, [], 10 * HOUR_S, bench.unix_time)
        bench.run(1.5)
        assert bench.store.result(1).status == UNKNOWN_COMMAND
        assert bench.store.result(2).status == DONE
        assert bench.simulated.chip.resets["software"] == 1
        assert len(bench.turns) <= 2


def test_another_period_from_the_server():
    with sleeper() as bench:
        set_settings(bench.store, bench.node, {"sample_s": 600, "report_s": 1200, "send_s": 0})
        bench.run(2.2)
        assert len(bench.wakes) == pytest.approx(13, abs=1)
        times = [time for time, _ in bench.arrived()]
        regular = times[2:]  # the second is from when it was armed
        assert [b - a for a, b in pairwise(regular)] == pytest.approx([1200] * (len(regular) - 1), abs=5)
        assert len(times) >= 6


def test_a_modem_that_has_lost_its_network_is_started_again():
    with sleeper("water_level") as bench:
        bench.at(2 * HOUR_S, lambda: bench.simulated.cell.operator_detach(False))
        bench.run(6.5)
        assert bench.console.count("modem: starting") == 2
        assert len(bench.arrived()) == 7


def test_a_modem_that_has_rebooted_is_started_again():
    with sleeper("water_level") as bench:
        bench.at(2 * HOUR_S, bench.simulated.modem.faults.reboot)
        bench.run(6.5)
        assert bench.console.count("modem: starting") == 2
        assert len(bench.arrived()) == 7


def test_a_modem_that_is_deaf_is_reset_in_the_end():
    with sleeper("water_level") as bench:
        bench.at(2 * HOUR_S, bench.simulated.modem.faults.wedge)
        bench.at(2 * HOUR_S + 1, bench.simulated.modem.faults.power_cycle)
        bench.run(6.5)
        assert len(bench.arrived()) == 7
