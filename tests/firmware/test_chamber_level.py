"""Virtual days of a chamber that fills: its level follows the water, whatever the weather does meanwhile."""

import pytest

from host_tools.collector.configuration import set_settings
from host_tools.simulator.devices.ms5837 import HPA_PER_MM
from protocols.message_numbers import ALARM, FAULT, SILENT, WORKS
from tests.firmware.sleeper_bench import HOUR_S, sleeper

COVER_MM = 1800  # above the water's zero: the sensor hangs at 300, and 1500 below the cover
CLOSE_M = 0.02  # a step on the wire, its noise, and the water's own movement during a sample


def pour(bench, *steps):
    """(hour, mm below the cover) each."""
    for hour, below_mm in steps:
        bench.at(hour * HOUR_S, lambda mm=COVER_MM - below_mm: bench.world.water.force(mm))


def weather(bench, hour, change_hpa, lasts_h):
    """The air's pressure changes by so much, steadily over so long."""
    minutes = lasts_h * 60
    for minute in range(minutes):
        bench.at((hour + minute / 60) * HOUR_S, lambda: _change(bench.world.air, change_hpa / minutes))


def _change(air, by_hpa):
    air.mean_hpa += by_hpa


def watched(bench):
    """What the water and the air are at each second that is a multiple of ten minutes, as time goes on."""
    truth = {}

    def look():
        truth[round(bench.now_s)] = bench.world.water.level_mm, bench.world.air.pressure_hpa
        bench.queue.after(600_000_000, look)

    look()
    return truth


def events(bench, code=ALARM):
    return [tuple(event.data[:2]) for event in bench.events if event.code == code]


def arrived(bench):
    """(hour, values), as they were taken."""
    return sorted(((time / HOUR_S, values) for time, values in bench.arrived()), key=lambda report: report[0])


def sampled(bench, hour, until):
    """How often it woke between these hours."""
    return len([wake for wake in bench.wakes if hour * HOUR_S < wake < until * HOUR_S])


def test_the_level_follows_the_water_through_the_weather():
    with sleeper() as bench:
        truth = watched(bench)
        pour(bench, (5.5, 1300), (6.7, 900), (7.9, 400), (9.5, 100), (12.5, 700), (14.5, 2000))
        weather(bench, 6, 9, 8)
        bench.run(19)
        reports = arrived(bench)
        told = [values["freeboard"] for hour, values in reports if 5.4 < hour < 14.4]
        assert len(told) >= 5 and min(told) < 0.2
        _, learnt_hpa = truth[5 * HOUR_S]
        for hour, values in reports:
            water_mm, air_hpa = truth[round(hour * 6) * 600]
            is_wet = 5.4 < hour < 14.4
            drift_m = (air_hpa - learnt_hpa) / HPA_PER_MM / 1000 if is_wet else 0
            level_m = max(0, water_mm - 300) / 1000
            assert values["flooded"] == is_wet
            wanted_m = 1.5 - max(0, level_m + drift_m)
            assert values["freeboard"] == pytest.approx(wanted_m, abs=CLOSE_M), hour
            assert abs(drift_m) < 0.12  # what docs/covers.md says of a day
        assert events(bench) == [("flooded", 1), ("freeboard", 1), ("freeboard", 0), ("flooded", 0)]
        assert not events(bench, FAULT)
        assert 6 * 9 - 3 <= sampled(bench, 5.6, 14.6) <= 6 * 9 + 3
        assert sampled(bench, 0.5, 5.4) == 5 and sampled(bench, 15.1, 18.9) == 3  # as without the sensor


def test_weather_alone_is_no_water():
    """A typhoon's air falls and rises faster than any other: it shows a little water, and not for long."""
    with sleeper() as bench:
        weather(bench, 2, -40, 8)
        weather(bench, 10, 40, 8)
        set_settings(bench.store, bench.node, {"report_s": 3600, "send_s": 3600})
        bench.run(28)
        reports = arrived(bench)
        assert len(reports) > 24
        told = [values["freeboard"] for _, values in reports]
        assert min(told) > 1.3 and max(told) == told[-1] == 1.5
        assert not events(bench)


def test_air_that_falls_over_water_is_learnt():
    """Nothing weighs less than air: under water that only just lifts the float, a fall of the air is felt."""
    with sleeper() as bench:
        pour(bench, (2.5, 1495), (5.8, 1000))
        weather(bench, 3, -12, 2)
        bench.run(7)
        told = [values["freeboard"] for hour, values in arrived(bench) if hour > 2.4]
        assert told == [pytest.approx(1.5, abs=CLOSE_M), pytest.approx(1.0, abs=CLOSE_M)]


def test_a_float_that_hangs_does_not_hide_a_flood():
    with sleeper() as bench:
        bench.simulated.parts["water"].is_active = lambda: False
        pour(bench, (5.2, 1000), (6.2, 600), (7.2, 100))
        bench.run(9.5)
        assert events(bench) == [("freeboard", 1)]
        assert arrived(bench)[-1][1]["freeboard"] == pytest.approx(0.15, abs=0.06)


def test_power_that_comes_back_under_water():
    """The air is then taken for what the setting says, until it is felt again."""
    with sleeper() as bench:
        bench.world.air.mean_hpa = 912
        settings = {"parts": {"chamber": {"depth_mm": 1600, "air_hpa": 905}}}
        set_settings(bench.store, bench.node, settings)
        pour(bench, (4.5, 500), (10.5, 2000))
        bench.at(8.5 * HOUR_S, lambda: bench.simulated.chip.cut_power(60_000_000))
        bench.run(13)
        before = next(values for hour, values in arrived(bench) if hour > 4.4)
        after = next(values for hour, values in arrived(bench) if hour > 8.5)
        assert before["freeboard"] == pytest.approx(0.6, abs=CLOSE_M)
        error_m = (bench.world.air.pressure_hpa - 905) / HPA_PER_MM / 1000
        assert after["freeboard"] == pytest.approx(0.6 - error_m, abs=0.05) and abs(error_m) < 0.3
        last = arrived(bench)[-1]
        assert last[0] > 10 and last[1]["freeboard"] == 1.6 and last[1]["flooded"] == 0


def test_a_wrong_bit_on_the_bus_is_no_flood():
    with sleeper() as bench:
        sensor, spoilt = bench.simulated.parts["pressure"], []
        read = sensor.read

        def spoils_one(length):
            data = read(length)
            if length == 3 and bench.now_s > 5 * HOUR_S - 60 and not spoilt:
                spoilt.append(data)
                return bytes((data[0] ^ 0x08,)) + data[1:]
            return data

        sensor.read = spoils_one
        set_settings(bench.store, bench.node, {"report_s": 3600, "send_s": 3600})
        bench.run(12)
        assert spoilt and not events(bench)
        assert {values["freeboard"] for _, values in arrived(bench)} == {1.5}


def test_a_dead_sensor_leaves_the_float():
    with sleeper() as bench:
        sensor = bench.simulated.parts["pressure"]
        bench.at(1.5 * HOUR_S, lambda: setattr(sensor, "spoilt", True))
        bench.at(5.5 * HOUR_S, lambda: setattr(sensor, "absent", True))
        pour(bench, (6.5, 200))
        bench.at(9.5 * HOUR_S, lambda: (setattr(sensor, "absent", False), setattr(sensor, "spoilt", False)))
        bench.run(25)
        assert events(bench) == [("flooded", 1), ("freeboard", 1)]
        assert events(bench, FAULT) == [("chamber", SILENT), ("chamber", WORKS)]
        assert sampled(bench, 6.6, 9.4) == 3  # there is nothing to follow
        reports = arrived(bench)
        assert next(values["freeboard"] for hour, values in reports if 6.4 < hour < 7) is None
        assert reports[-1][1]["freeboard"] == pytest.approx(0.2, abs=0.1)


def test_on_a_low_cell_the_water_is_watched_more_rarely():
    with sleeper() as bench:
        bench.at(1800, lambda: setattr(bench.simulated.parts["battery"], "drop_mv", 800))
        pour(bench, (4.5, 500))
        bench.run(9)
        assert 6 <= sampled(bench, 4.6, 8.6) <= 8
