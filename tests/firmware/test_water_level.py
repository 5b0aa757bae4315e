"""Virtual days of a water gauge: what it measures arrives, once, and its pace follows the water."""

from itertools import pairwise

import pytest

from host_tools.collector.configuration import set_settings
from protocols.message_numbers import ALARM, FAULT, OUT_OF_RANGE, SILENT, WORKS
from tests.firmware.sleeper_bench import HOUR_S, sleeper

STORM_S = 10 * HOUR_S + 600
CLOUDBURST = (STORM_S, 2700, 45.1)  # begins, lasts, mm: two a minute at its height


def gauge(**options):
    return sleeper("water_level", **options)


def rain(bench, *showers):
    """These, and the water that comes of them."""
    bench.world.water.force(None)
    bench.world.rain.force(*showers)


def faults(bench):
    return [tuple(event.data) for event in bench.events if event.code == FAULT]


def arrived(bench, name=None):
    """As they were taken: what is urgent comes before what has waited longer."""
    return sorted(bench.arrived(name), key=lambda report: report[0])


def assert_whole(bench):
    """Everything came once: each number up to the last."""
    records = bench.reports + bench.health + bench.events
    numbers = sorted(record.seq for record in records)
    assert numbers == list(range(len(numbers)))
    times = [record.time for record in sorted(bench.reports, key=lambda report: report.seq)]
    assert times == sorted(times)


def test_a_dry_day_is_a_wake_an_hour_and_four_turns():
    with gauge() as bench:
        rain(bench)
        bench.run(24.5)
        assert [round(wake / HOUR_S, 2) for wake in bench.wakes] == list(range(1, 25))
        assert len(bench.turns) == 5  # the first start's too
        assert [round(time / HOUR_S, 2) for time, _ in arrived(bench)] == list(range(25))
        assert not bench.events
        assert {values["stage"] for _, values in arrived(bench)} == {0}


def test_a_storm_is_followed_and_all_of_it_arrives():
    with gauge() as bench:
        rain(bench, CLOUDBURST)
        bench.run(22)
        assert_whole(bench)
        counter = bench.simulated.parts["rain"]
        assert counter.tips == 225
        reports = arrived(bench)
        storm = [(time, values) for time, values in reports if STORM_S < time < STORM_S + 2 * HOUR_S]
        # The fifth tip woke it, long before the hour was over; from then on it looks every five minutes.
        assert STORM_S < storm[0][0] < STORM_S + 900 and storm[0][1]["tips"] == 5
        pauses = [later[0] - earlier[0] for earlier, later in pairwise(storm)]
        assert max(pauses) <= 300 + 2
        assert min(pauses) <= 60 + 5  # it is an alarm
        stages = [values["stage"] for _, values in storm]
        assert max(stages) == 3 and sorted(set(stages)) == [0, 1, 2, 3]
        assert max(values["rain_5min"] for _, values in storm) > 90
        assert max(values["flow"] for _, values in storm) > 0.1
        last = reports[-1][1]
        assert last["tips"] == 225 and last["rain"] == 45.0 and last["rain_60min"] == 0
        # Calm again: by the hour, and six of them in a turn.
        assert [round(time / HOUR_S, 2) for time, _ in reports[-4:]] == [17, 18, 19, 20]
        # Batched: half an hour apart, but for stages that change.
        turns = [turn for turn in bench.turns if STORM_S < turn < STORM_S + 4 * HOUR_S]
        assert len(turns) < 20 < len(storm)


def test_light_rain_does_not_wake_it():
    with gauge() as bench:
        rain(bench, *[(n * 3 * HOUR_S + 600, 900, 0.7) for n in range(1, 6)])
        bench.run(20)
        assert len(bench.wakes) == 19
        assert arrived(bench, "rain")[-1][1] == 3.4  # 17 tips


def test_a_false_echo_is_a_fault_and_no_flood():
    with gauge() as bench:
        rain(bench)
        bench.at(5.5 * HOUR_S, lambda: setattr(bench.simulated.parts["surface"], "web_mm", 400))
        bench.at(12.5 * HOUR_S, lambda: setattr(bench.simulated.parts["surface"], "web_mm", None))
        bench.run(24.5)
        assert all(abs(level) < 0.01 for _, level in arrived(bench, "level"))
        assert {stage for _, stage in arrived(bench, "stage")} == {0}
        assert faults(bench) == [("difference", OUT_OF_RANGE), ("difference", WORKS)]
        assert len(bench.wakes) == 24


def test_a_probe_in_silt_does_not_hide_a_flood():
    with gauge() as bench:
        rain(bench, CLOUDBURST)
        bench.at(HOUR_S, lambda: setattr(bench.simulated.parts["probe"], "stuck_mm", 0))
        bench.run(14)
        assert max(stage for _, stage in arrived(bench, "stage")) == 3
        assert ("difference", OUT_OF_RANGE) in faults(bench)


def test_one_dead_sensor():
    for name, fault in (("surface", "faults.silent"), ("probe", "cut"), ("rain", "absent")):
        with gauge() as bench:
            rain(bench, CLOUDBURST)
            part = bench.simulated.parts[name]
            place, _, last = fault.rpartition(".")
            bench.at(1800, lambda p=part, q=place, a=last: setattr(getattr(p, q) if q else p, a, True))
            bench.run(14)
            assert (name, SILENT) in faults(bench)
            # Nothing but the rain gauge can wake it: without one, the next hour's sample begins the storm.
            assert max(stage for _, stage in arrived(bench, "stage")) >= (2 if name == "rain" else 3), name
            assert_whole(bench)


def test_both_level_sensors_dead():
    with gauge() as bench:
        rain(bench)
        bench.at(1800, lambda: setattr(bench.simulated.parts["probe"], "cut", True))
        bench.at(1800, lambda: setattr(bench.simulated.parts["surface"].faults, "silent", True))
        bench.run(8)
        assert arrived(bench, "level")[-1][1] is None
        assert sorted(faults(bench)) == [("probe", SILENT), ("surface", SILENT)]


def test_a_storm_in_a_week_out_of_coverage():
    with gauge() as bench:
        rain(bench, CLOUDBURST)
        cell = bench.simulated.cell
        bench.at(2 * HOUR_S, lambda: setattr(cell, "coverage", False))
        bench.at(6 * 24 * HOUR_S, lambda: setattr(cell, "coverage", True))
        bench.run(7 * 24)
        assert_whole(bench)
        times = [time for time, _ in arrived(bench)]
        assert max(later - earlier for earlier, later in pairwise(times)) < HOUR_S + 300  # it also searches
        assert arrived(bench, "tips")[-1][1] == 225
        alarms = [tuple(event.data[:2]) for event in bench.events if event.code == ALARM]
        assert alarms == [("level", 1), ("level", 0)]


def test_settings_of_parts_hold_over_sleep():
    with gauge() as bench:
        bench.world.water.force(60)
        gauge_settings = {"datum_mm": 12_000, "attention_mm": 100}
        settings = {"parts": {"gauge": gauge_settings, "surface": {"height_mm": 2010}}}
        bench.at(1800, lambda: set_settings(bench.store, bench.node, settings, False))
        bench.run(20)
        first, last = arrived(bench)[0][1], arrived(bench)[-1][1]
        assert first["stage"] == 1 and last["stage"] == 0
        assert abs(last["elevation"] - 12.065) < 0.006 and abs(last["surface"] - 0.07) < 0.006


def test_on_a_low_cell_high_water_is_followed_more_slowly():
    with gauge() as bench:
        bench.at(1800, lambda: setattr(bench.simulated.parts["battery"], "drop_mv", 800))
        bench.at(3 * HOUR_S, lambda: bench.world.water.force(60))
        bench.run(14)
        begun = next(time for time, stage in arrived(bench, "stage") if stage)
        assert begun < 6 * HOUR_S
        followed = [time for time, _ in arrived(bench) if begun <= time <= begun + 3 * HOUR_S + 60]
        assert [later - earlier for earlier, later in pairwise(followed)] == [pytest.approx(1200, abs=3)] * 9
