"""The manhole cover as a product: what happens to a cover, and what the server is told of it."""

import pytest

from host_tools.collector.commands import queue_command
from protocols.message_numbers import ALARM, BAD_ARGUMENT, DONE, FAULT, OUT_OF_RANGE, SILENT
from tests.firmware.sleeper_bench import HOUR_S, sleeper

HAPPENS_S = 2 * HOUR_S + 1800  # between two hourly samples, long after it has learnt its position
ALARM_S = 15
LEARNT_S = 700
NAMES = ("cover_open", "tilted", "shifted", "missing", "flooded")


def events(bench, code=ALARM):
    """(time since power-on, what it is about, the rest) of the events, in order of time."""
    found = [event for event in bench.store.events(bench.node) if event.code == code]
    return sorted((event.time - bench.options.start_unix, *event.data) for event in found)


def alarms(bench):
    return [(name, state) for _, name, state, _ in events(bench)]


def at_server(bench, name):
    """When the server had the first alarm of that point, from now on; asks every second."""
    had = []

    def look():
        if not had and (name, 1) in alarms(bench):
            had.append(bench.now_s)
        elif not had:
            bench.at(bench.now_s + 1, look)

    bench.at(1, look)
    return had


def command(bench, name, *arguments):
    queue_command(bench.store, bench.node, name, list(arguments), 30 * HOUR_S, bench.unix_time)


def reported(bench, name):
    return [values for _, values in bench.arrived(name)]


@pytest.mark.parametrize("seed", range(3))
def test_opening_and_closing(seed):
    with sleeper(seed=seed) as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(40))
        bench.at(HAPPENS_S + 900, lambda: bench.world.cover.tilt(0))
        had = at_server(bench, "cover_open")
        bench.run(4.5)
        assert 0 < had[0] - HAPPENS_S < ALARM_S
        assert sorted(alarms(bench)[:2]) == [("cover_open", 1), ("tilted", 1)]
        assert sorted(alarms(bench)[2:]) == [("cover_open", 0), ("missing", 0), ("missing", 1), ("tilted", 0)]
        assert events(bench)[-1][0] < HAPPENS_S + HOUR_S


def test_opened_where_nobody_turns_it():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: setattr(bench.simulated.parts["cover"], "cut", True))
        had = at_server(bench, "cover_open")
        bench.run(2.7)
        assert had[0] - HAPPENS_S < ALARM_S and alarms(bench) == [("cover_open", 1)]


@pytest.mark.parametrize("dips", [False, True])
def test_opened_and_closed_again_around_the_use_of_the_radio(dips):
    """The pin goes high when no more readings are due in that wake; a brown-out may end it as well."""
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.water.force(500))
        bench.at(HAPPENS_S + 4, lambda: bench.world.cover.tilt(40))
        if dips:
            bench.at(HAPPENS_S + 6, bench.simulated.chip.brown_out)
        bench.at(HAPPENS_S + 240, lambda: bench.world.cover.tilt(0))
        had = at_server(bench, "cover_open")
        bench.run(4)
        assert had[0] - HAPPENS_S < (60 if dips else 30)
        assert [state for name, state in alarms(bench) if name == "cover_open"] == [1, 0]


def test_a_brown_out_between_the_record_and_its_way_out():
    with sleeper() as bench:
        chip, broken = bench.simulated.chip, []

        def breaks(*_):
            if bench.now_s > HAPPENS_S and not broken:
                broken.append(bench.queue.after(5000, chip.brown_out))

        chip.file_observers.append(breaks)
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(40))
        had = at_server(bench, "cover_open")
        bench.run(4)
        assert broken and chip.resets["brown-out"] == 1
        assert had and had[0] - HAPPENS_S < 600


def test_upside_down_is_told_at_once():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(170))
        had = at_server(bench, "tilted")
        bench.run(2.7)
        assert had[0] - HAPPENS_S < ALARM_S


def test_a_small_change_is_a_shift_once_it_has_lasted():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(4))
        bench.run(4.2)
        assert alarms(bench) == [("shifted", 1)]
        assert HAPPENS_S + 600 <= events(bench)[0][0] <= HAPPENS_S + HOUR_S + 700


def test_carried_away():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.carry(lasts_s=300))
        had = at_server(bench, "missing")
        bench.run(3.2)
        assert {name for name, state in alarms(bench) if state} == {"cover_open", "tilted", "missing"}
        assert had[0] - HAPPENS_S < 120


def test_stolen():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.carry(lasts_s=2400))
        bench.at(HAPPENS_S + 600, lambda: bench.simulated.cell.reselect(5, tracking_area=7))
        bench.at(HAPPENS_S + 1500, lambda: bench.simulated.cell.reselect(6, tracking_area=7))
        had = at_server(bench, "theft")
        bench.run(4)
        assert 900 < had[0] - HAPPENS_S < 900 + 120
        assert [event[1:] for event in events(bench) if event[1] == "theft"] == [("theft", 1, 5)]
        assert list(dict.fromkeys(reported(bench, "theft"))) == [0, 5, 6]
        assert [report.points["cell_id"] for report in bench.health][-1] == 6


def test_a_stolen_cover_stays_stolen_wherever_it_lies():
    """Flat in a van it looks as in its place, but for the magnet; power and accelerometer come and go."""
    with sleeper() as bench:
        cell, cover = bench.simulated.cell, bench.world.cover
        bench.at(HAPPENS_S, lambda: cover.carry(lasts_s=600))
        bench.at(HAPPENS_S + 300, lambda: cell.reselect(5, tracking_area=7))
        bench.at(HAPPENS_S + 700, lambda: cover.tilt(10))
        bench.at(HAPPENS_S + 4000, lambda: setattr(bench.simulated.parts["tilt"], "absent", True))
        bench.at(HAPPENS_S + 8000, lambda: setattr(bench.simulated.parts["tilt"], "absent", False))
        bench.at(HAPPENS_S + 9000, lambda: bench.simulated.chip.cut_power())
        bench.at(HAPPENS_S + 12_000, lambda: cell.reselect(6, tracking_area=7))
        bench.run(8)
        told = [event[1:] for event in events(bench) if event[1] in ("missing", "theft")]
        assert told == [("missing", 1, 1), ("theft", 1, 5)]
        assert reported(bench, "theft")[-1] == 6


def test_power_that_comes_back_elsewhere_teaches_no_cell():
    """Before it has been away for long enough to be missing."""
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.carry(lasts_s=40))
        bench.at(HAPPENS_S + 100, lambda: bench.simulated.cell.reselect(5, tracking_area=7))
        bench.at(HAPPENS_S + 120, lambda: bench.simulated.chip.cut_power())
        bench.run(4)
        assert [event[1:] for event in events(bench) if event[1] == "theft"] == [("theft", 1, 5)]


def test_a_neighbour_cell_is_no_theft():
    with sleeper() as bench:
        bench.at(HOUR_S, lambda: bench.simulated.cell.reselect(5, tracking_area=7))
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(85))  # for work, long enough to be missing
        bench.at(HAPPENS_S + 2000, lambda: bench.world.cover.tilt(0))
        bench.run(4)
        assert ("missing", 1) in alarms(bench) and "theft" not in dict(alarms(bench))


def test_back_in_its_place_it_is_not_stolen():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(85))
        bench.at(HAPPENS_S + 300, lambda: bench.simulated.cell.reselect(5))
        bench.at(HAPPENS_S + 2000, lambda: bench.world.cover.tilt(0))
        bench.run(4)
        assert [state for name, state in alarms(bench) if name == "theft"] == [1, 0]


def test_left_beside_its_frame():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(85))
        had = at_server(bench, "missing")
        bench.run(3.2)
        assert 600 < had[0] - HAPPENS_S < 660


def test_what_has_long_lain_still_is_followed_no_more():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.cover.tilt(85))
        bench.run(30)
        half_a_day_later = HAPPENS_S + 12 * HOUR_S
        followed = [turn for turn in bench.turns if HAPPENS_S + 3600 < turn < half_a_day_later]
        assert len(followed) >= 40
        assert len([turn for turn in bench.turns if turn > half_a_day_later + 1800]) <= 2


def test_on_a_low_cell_a_missing_cover_is_followed_more_rarely():
    with sleeper() as bench:
        bench.at(1800, lambda: setattr(bench.simulated.parts["battery"], "drop_mv", 800))
        bench.at(5 * HOUR_S, lambda: bench.world.cover.tilt(85))
        bench.run(10)
        followed = [turn for turn in bench.turns if 6 * HOUR_S < turn < 10 * HOUR_S]
        assert 3 <= len(followed) <= 6  # 16 with a good one


def test_water():
    with sleeper() as bench:
        bench.at(HAPPENS_S, lambda: bench.world.water.force(500))
        bench.at(HAPPENS_S + 4000, lambda: bench.world.water.force(0))
        had = at_server(bench, "flooded")
        bench.run(5.2)
        assert had[0] - HAPPENS_S < 60 + ALARM_S  # the float's model looks at the water once a minute
        assert alarms(bench) == [("flooded", 1), ("flooded", 0)]


def test_a_day_of_heavy_traffic():
    with sleeper() as bench:
        bench.world.cover.quiet = False
        bench.world.cover.traffic(gap_s=30)  # 2,900 vehicles a day
        bench.run(25)
        assert alarms(bench) == []
        assert len(bench.wakes) < 26 + 30
        assert reported(bench, "impacts")[-1] > 0


def test_upright_on_a_shelf_it_is_not_armed():
    with sleeper() as bench:
        bench.world.cover.tilt(90, lasts_s=0.01)
        bench.at(2 * HOUR_S, lambda: bench.world.cover.tilt(0, lasts_s=5))
        bench.at(4 * HOUR_S, lambda: bench.world.cover.tilt(30))
        bench.run(5)
        assert sorted(alarms(bench)) == [("cover_open", 1), ("missing", 1), ("tilted", 1)]
        assert events(bench)[0][0] >= 4 * HOUR_S
        assert reported(bench, "armed")[0] == 0


def test_another_position_is_learnt():
    with sleeper() as bench:
        bench.at(LEARNT_S, lambda: bench.world.cover.tilt(4))
        bench.at(LEARNT_S, lambda: command(bench, "learn"))  # waits until the node tells of the shift
        bench.run(2.5)
        assert bench.store.result(1).status == DONE
        assert alarms(bench) == [("shifted", 1), ("shifted", 0)]
        assert reported(bench, "tilt")[-1] < 0.01


def test_disarmed_for_work():
    with sleeper() as bench:
        bench.at(LEARNT_S, lambda: bench.world.cover.tilt(40))  # learns of the command when it tells this
        bench.at(LEARNT_S - 1, lambda: command(bench, "disarm", 30))
        bench.at(LEARNT_S + 300, lambda: bench.world.cover.tilt(0))
        bench.at(LEARNT_S + 600, lambda: bench.world.cover.tilt(40))
        bench.run(1.5)
        assert bench.store.result(1).status == DONE
        begun = [time for time, name, state, _ in events(bench) if (name, state) == ("cover_open", 1)]
        assert begun == [pytest.approx(LEARNT_S, abs=ALARM_S), pytest.approx(LEARNT_S + 1810, abs=20)]


@pytest.mark.parametrize("minutes", [0, 481, "30"])
def test_the_limit_of_a_grant(minutes):
    with sleeper() as bench:
        command(bench, "disarm", minutes)
        bench.run(0.3)
        assert bench.store.result(1).status == BAD_ARGUMENT


def test_a_grant_survives_a_power_cut_and_can_be_taken_back():
    with sleeper() as bench:
        bench.at(LEARNT_S, lambda: bench.world.cover.tilt(40))
        bench.at(LEARNT_S - 1, lambda: command(bench, "disarm", 240))
        bench.at(LEARNT_S + 100, bench.simulated.chip.cut_power)
        bench.at(HAPPENS_S, lambda: command(bench, "arm"))
        bench.at(HAPPENS_S + 1, lambda: bench.world.water.force(500))  # something to report
        bench.run(3)
        begun = [time for time, name, state, _ in events(bench) if (name, state) == ("cover_open", 1)]
        assert len(begun) == 2 and HAPPENS_S < begun[1] < HAPPENS_S + 90


def test_a_dead_accelerometer_leaves_the_magnet():
    with sleeper() as bench:
        bench.at(HOUR_S, lambda: setattr(bench.simulated.parts["tilt"], "absent", True))
        bench.at(5 * HOUR_S, lambda: setattr(bench.simulated.parts["cover"], "cut", True))
        had = at_server(bench, "cover_open")
        bench.run(6)
        assert 0 < had[0] - 5 * HOUR_S < ALARM_S
        assert [(name, what) for _, name, what in events(bench, FAULT)] == [("tilt", OUT_OF_RANGE)]


# -- with gas modules

MEASURED_S = 200  # from power-on until the first values: the warm-up, and what comes before


def gas_cover(**options):
    return sleeper("manhole_cover_gas", **options)


def test_gases_are_measured_when_the_modules_are_warm():
    with gas_cover() as bench:
        bench.world.gas.force(ch4=1000, h2s=2, co=3, o2=20.5)
        supply = bench.simulated.parts["gas"]
        seen = []
        for time_s in (MEASURED_S - 60, MEASURED_S + 60):
            bench.at(time_s, lambda: seen.append(supply.is_on))
        bench.run(25)
        assert seen == [True, False]
        assert reported(bench, "ch4")[-1] == pytest.approx(1000, abs=100)
        assert [reported(bench, name)[-1] for name in ("h2s", "co", "o2")] == [2, 3, 0.205]
        assert alarms(bench) == []


def test_bad_air_is_an_alarm_and_its_end_too():
    with gas_cover() as bench:
        bench.world.gas.force(ch4=20_000, h2s=20, co=50, o2=18)
        bench.at(HOUR_S, lambda: bench.world.gas.force(ch4=50, h2s=0, co=1, o2=20.9))
        bench.run(25)
        names = ("ch4", "h2s", "co", "o2")
        assert sorted(alarms(bench)[:4]) == sorted((name, 1) for name in names)
        assert all(MEASURED_S - 20 < time < MEASURED_S + 20 for time, *_ in events(bench)[:4])
        assert sorted(alarms(bench)[4:]) == sorted((name, 0) for name in names)


def test_a_silent_module_leaves_the_others():
    with gas_cover() as bench:
        bench.simulated.parts["h2s"].absent = True
        bench.simulated.parts["ch4"].silent = True
        bench.run(25)
        told = [(name, what) for _, name, what in events(bench, FAULT)]
        assert sorted(told) == [("ch4", OUT_OF_RANGE), ("h2s", OUT_OF_RANGE)]
        assert bench.arrived()[-1][1]["o2"] == pytest.approx(0.209, abs=0.002)
        assert ": gas module at 0x74" in bench.console and ": MH-440D: no signal" in bench.console


def test_a_switch_that_does_not_answer_is_a_fault():
    with gas_cover() as bench:
        bench.simulated.parts["gas"].absent = True
        bench.run(25)
        assert ("gas", SILENT) in [(name, what) for _, name, what in events(bench, FAULT)]
        assert bench.arrived()[-1][1]["tilt"] is not None


def test_on_a_low_cell_gas_is_measured_more_rarely():
    with gas_cover() as bench:
        bench.simulated.parts["battery"].drop_mv = 800
        bench.run(49)
        assert 5 < bench.account.drawn_mah()["gas"] < 10  # once, not twice
