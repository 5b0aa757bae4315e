"""Authorised work on a manhole cover: crews whose fobs the node hears when the cover is opened."""

import pytest

from host_tools.provisioning.crews import Crew, crews_for_node
from host_tools.simulator.worlds.fobs import Fob
from protocols.eddystone import HEAD
from protocols.message_numbers import BAD_ARGUMENT, DONE
from tests.firmware.sleeper_bench import HOUR_S, sleeper
from tests.firmware.test_manhole_cover import ALARM_S, alarms, at_server, command, events, reported

OPENED_S = 2 * HOUR_S + 1800
CREW_S = 120 * 60


def opened(bench, closed_s=None, at_s=OPENED_S):
    bench.at(at_s, lambda: bench.world.cover.tilt(40))
    if closed_s:
        bench.at(closed_s, lambda: bench.world.cover.tilt(0))


def arrives(bench, number=1, at_s=OPENED_S - 60, **changes):
    """The fob of that crew comes; `changes` of its attributes."""
    fob = bench.simulated.fob(number)
    for name, value in changes.items():
        setattr(fob, name, value)
    bench.at(at_s, lambda: bench.world.fobs.arrive(fob))
    return fob


def by_time(bench, name):
    return [value for _, value in sorted(bench.arrived(name))]


def scans(bench):
    """Filled with the seconds at which the radio was switched on."""
    found, radio = [], bench.simulated.chip.bluetooth
    radio.observers.append(lambda: radio.is_on and found.append(bench.now_s))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_crew_opens_its_cover(seed):
    with sleeper(seed=seed, crews=2) as bench:
        opened(bench, OPENED_S + 1800)
        arrives(bench, 2)
        told = []
        bench.at(OPENED_S + ALARM_S, lambda: told.extend(by_time(bench, "crew")))
        bench.run(2.5 + 1.5)
        assert alarms(bench) == []
        assert told[-1] == 2 and by_time(bench, "armed")[-1] == 0


def test_nobody_has_a_fob():
    with sleeper(crews=2) as bench:
        opened(bench)
        had, on = at_server(bench, "cover_open"), scans(bench)
        bench.run(4.5)
        assert 0 < had[0] - OPENED_S < ALARM_S
        assert on[0] - OPENED_S < 2 and len(on) == 3
        assert set(reported(bench, "crew")) == {0}


def test_without_keys_nobody_listens():
    with sleeper() as bench:
        opened(bench)
        arrives(bench)
        on = scans(bench)
        bench.run(3)
        assert on == [] and ("cover_open", 1) in alarms(bench)


def test_a_closed_cover_listens_to_nobody():
    with sleeper(crews=1) as bench:
        arrives(bench, at_s=HOUR_S)
        on = scans(bench)
        bench.run(4)
        assert on == [] and len(bench.wakes) >= 3


def test_a_fob_that_the_node_does_not_know():
    with sleeper(crews=1) as bench:
        opened(bench)
        arrives(bench, 2)
        had = at_server(bench, "cover_open")
        bench.run(3)
        assert had[0] - OPENED_S < ALARM_S and set(reported(bench, "crew")) == {0}


def replayed(bench, age_s):
    """Somebody sends what crew 1's fob sent so long before the opening."""
    fob = bench.simulated.fob(1)
    frame = fob.advertisement(bench.options.start_unix + OPENED_S - age_s)
    bench.at(HOUR_S, lambda: bench.world.fobs.arrive(Fob(b"", sends=frame)))


@pytest.mark.parametrize("age_s", [3072 + 60, 8 * HOUR_S])
def test_what_was_recorded_is_soon_worth_nothing(age_s):
    with sleeper(crews=1) as bench:
        replayed(bench, age_s)
        opened(bench)
        bench.run(3)
        assert ("cover_open", 1) in alarms(bench) and set(reported(bench, "crew")) == {0}


@pytest.mark.parametrize(("off_s", "is_known"), [(1000, True), (-2000, True), (2100, False), (-3100, False)])
def test_a_fob_whose_clock_is_off(off_s, is_known):
    with sleeper(crews=1) as bench:
        opened(bench)
        arrives(bench, ahead_s=bench.simulated.fob(1).ahead_s + off_s)
        bench.run(3)
        assert (alarms(bench) == []) == is_known
        assert (by_time(bench, "crew")[-1] == 1) == is_known


def test_without_the_time_no_fob_is_known():
    """Power and coverage go; with the power, the time."""
    with sleeper(crews=1) as bench:
        arrives(bench)
        bench.at(OPENED_S - 1200, lambda: setattr(bench.simulated.cell, "coverage", False))
        bench.at(OPENED_S - 900, bench.simulated.chip.cut_power)
        opened(bench)
        bench.at(OPENED_S + 600, lambda: setattr(bench.simulated.cell, "coverage", True))
        on = scans(bench)
        bench.run(5)
        assert ("cover_open", 1) in alarms(bench) and on == []


def test_a_fob_that_comes_late_ends_the_alarm():
    with sleeper(crews=1) as bench:
        opened(bench, at_s=OPENED_S)
        arrives(bench, at_s=OPENED_S + 5, heard=1.0)
        bench.run(3)
        about = [event for event in events(bench) if event[1] == "cover_open"]
        assert [state for _, _, state, _ in about] == [1, 0]
        assert about[1][0] - OPENED_S < 60 and by_time(bench, "crew")[-1] == 1


def test_the_grant_ends_and_the_cover_is_still_open():
    with sleeper(crews=1) as bench:
        opened(bench)
        arrives(bench)
        on = scans(bench)
        bench.run(5)
        begun = [time for time, name, state, _ in events(bench) if (name, state) == ("cover_open", 1)]
        assert begun == [pytest.approx(OPENED_S + CREW_S, abs=30)]
        assert len(on) == 1 and by_time(bench, "crew")[-1] == 0


def test_opened_again_within_the_grant():
    with sleeper(crews=1) as bench:
        opened(bench, OPENED_S + 600)
        fob = arrives(bench)
        bench.at(OPENED_S + 900, lambda: bench.world.fobs.leave(fob))
        opened(bench, OPENED_S + 1500, at_s=OPENED_S + 1200)
        opened(bench, at_s=OPENED_S + CREW_S + 600)  # and once more after it
        on = scans(bench)
        bench.run(5)
        begun = [time for time, name, state, _ in events(bench) if (name, state) == ("cover_open", 1)]
        assert begun == [pytest.approx(OPENED_S + CREW_S + 600, abs=ALARM_S)]
        assert on[0] < OPENED_S + 15 and on[1] > OPENED_S + CREW_S + 600


def test_a_power_cut_during_the_grant():
    with sleeper(crews=1) as bench:
        opened(bench)
        fob = arrives(bench)
        bench.at(OPENED_S + 60, lambda: bench.world.fobs.leave(fob))
        bench.at(OPENED_S + HOUR_S, bench.simulated.chip.cut_power)
        bench.run(6)
        begun = [time for time, name, state, _ in events(bench) if (name, state) == ("cover_open", 1)]
        # What was left when it was noted last, as the cover was missing.
        assert begun == [pytest.approx(OPENED_S + HOUR_S + CREW_S - 600, abs=60)]
        after_cut = [crew for time, crew in bench.arrived("crew") if OPENED_S + HOUR_S < time < begun[0] - 30]
        assert after_cut and set(after_cut) == {1}


def test_a_radio_that_does_not_start():
    with sleeper(crews=1) as bench:
        bench.simulated.chip.bluetooth.fails = True
        arrives(bench)
        opened(bench)
        had = at_server(bench, "cover_open")
        bench.run(3)
        assert had[0] - OPENED_S < ALARM_S and "crew: [Errno 110] ETIMEDOUT" in bench.console


def test_a_look_that_breaks_the_voltage_down():
    """It resets the chip, and is the last; the alarm does not wait for long."""
    with sleeper(crews=1) as bench:
        chip = bench.simulated.chip
        chip.bluetooth.observers.append(
            lambda: chip.bluetooth.is_on and bench.queue.after(100_000, chip.brown_out)
        )
        opened(bench)
        had, on = at_server(bench, "cover_open"), scans(bench)
        bench.run(4)
        assert len(on) == 1 and chip.resets["brown-out"] == 1
        assert had[0] - OPENED_S < 30


def test_a_lid_that_a_crew_lays_aside_is_not_searched_for():
    with sleeper(crews=1) as bench:
        arrives(bench)
        bench.at(OPENED_S, lambda: bench.world.cover.tilt(170))
        bench.at(OPENED_S + 5400, lambda: bench.world.cover.tilt(0))
        bench.run(5)
        assert len([turn for turn in bench.turns if turn > OPENED_S]) <= 2
        assert alarms(bench) == []


def test_strangers_on_the_air():
    """A street full of other beacons, and advertisements of every broken kind."""
    with sleeper(crews=1) as bench:
        for data in (b"", b"\x00", b"\x02\x01\x06\x1a\xff" + bytes(25), HEAD, HEAD + bytes(9), b"\xff" * 31):
            for _ in range(5):
                bench.world.fobs.arrive(Fob(b"", sends=data))
        arrives(bench)
        opened(bench)
        bench.run(3)
        assert alarms(bench) == [] and by_time(bench, "crew")[-1] == 1
        assert "Traceback" not in bench.console


def test_keys_come_by_radio_and_are_told_nobody():
    with sleeper() as bench:
        fob = bench.simulated.fob(1)
        keys = crews_for_node([Crew(fob.key, fob.exponent, fob.ahead_s)])
        command(bench, "crew", keys)
        arrives(bench)
        opened(bench, OPENED_S + 600)
        bench.at(OPENED_S + 700, lambda: command(bench, "crew", b""))
        bench.at(OPENED_S + 700, lambda: command(bench, "arm"))
        bench.at(OPENED_S + HOUR_S, lambda: bench.world.water.force(500))  # something to tell
        opened(bench, at_s=OPENED_S + 2 * HOUR_S)
        on = scans(bench)
        bench.run(5)
        assert [bench.store.result(n).status for n in (1, 2, 3)] == [DONE] * 3
        assert [bench.store.result(n).detail for n in (1, 2)] == ["crews: 1", "crews: 0"]
        begun = [time for time, name, state, _ in events(bench) if (name, state) == ("cover_open", 1)]
        assert begun == [pytest.approx(OPENED_S + 2 * HOUR_S, abs=ALARM_S)] and len(on) == 1
        assert "command crew: crews: 1" in bench.console
        assert repr(fob.key)[2:-1] not in bench.console and fob.key.hex() not in bench.console


@pytest.mark.parametrize("keys", ["00" * 21, b"\0" * 20, b"\0" * 105, 1, None])
def test_keys_of_another_shape(keys):
    with sleeper() as bench:
        command(bench, "crew", keys)
        bench.run(0.3)
        assert bench.store.result(1).status == BAD_ARGUMENT
        assert "0000" not in bench.store.result(1).detail


def test_what_a_look_costs():
    with sleeper(crews=1) as bench:
        opened(bench)
        bench.run(3)
        mah = bench.account.drawn_mah()["chip bluetooth"]
        print("a look without a fob, mAh:", mah / 3)
        assert 0.04 < mah / 3 < 0.07
