"""Virtual days of a river gauge: level, velocity, flow and quality against the truth; dead sensors."""

from contextlib import contextmanager
from itertools import pairwise

import pytest

from host_tools.boards import find_board
from protocols.message_numbers import FAULT, OUT_OF_RANGE, SILENT, WORKS
from tests.firmware.sleeper_bench import HOUR_S, sleeper

BOARD = find_board("river_level").read_text(encoding="utf-8")
STORM = (5 * HOUR_S + 600, 5400, 60.0)  # begins, lasts, mm
LOOK_S = 60
# Point of the water's quality: what it is in the world, its scale, and how far it may be off.
QUALITY = {
    "oxygen": ("oxygen_mgpl", 1, 0.1),
    "turbidity": ("turbidity_ntu", 1, 1),
    "conductivity": ("conductivity_uspcm", 1e-4, 0.0005),
    "acidity": ("acidity_ph", 1, 0.07),
    "temperature": ("temperature_c", 1, 0.02),
}
# Sensor that dies: the points without a value from then on, and the faults that are told.
DEATHS = {
    "surface": ({"level", "flow", "distance"}, {("surface", SILENT)}),
    "velocity": ({"velocity"}, {("velocity", SILENT)}),
    "sonde": (
        set(QUALITY),
        {(name, OUT_OF_RANGE) for name in QUALITY},
    ),
}


@contextmanager
def river(product="river_level", *showers):
    """With its own water, and these showers."""
    with sleeper(product) as bench:
        bench.world.water.force(None)
        bench.world.rain.force(*showers)
        yield bench


def edited(folder, *changes):
    """The product's board file with other words."""
    text = BOARD
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = folder / "board.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def section_m2(level_m):
    """The board file's: 4 m wide at the bed, 3 m more for each metre."""
    return level_m * (4 + 3 * level_m / 2)


def arrived(bench):
    """As they were taken: what is urgent comes before what has waited longer."""
    return sorted(bench.arrived(), key=lambda report: report[0])


def faults(bench):
    return [tuple(event.data) for event in bench.events if event.code == FAULT]


class Truth:
    """The stream by the minute."""

    NAMES = ("level_m", "velocity_mps", *(name for name, _, _ in QUALITY.values()))

    def __init__(self, bench, hours):
        self._rows = []
        self._world = bench.world
        for minute in range(round(hours * 60)):
            bench.at(minute * LOOK_S, self._look)

    def _look(self):
        stream = self._world.stream
        quality = [getattr(stream, name) for name in self.NAMES[2:]]
        self._rows.append([self._world.water.level_mm / 1000, stream.velocity_mmps / 1000, *quality])

    def at(self, time_s):
        """Level and velocity."""
        return self._rows[round(time_s / LOOK_S)][:2]

    def within(self, name, begins_s, ends_s):
        """Least and most of it in that time."""
        rows = self._rows[max(0, round(begins_s / LOOK_S)) : round(ends_s / LOOK_S) + 1]
        values = [row[self.NAMES.index(name)] for row in rows]
        return min(values), max(values)


def test_a_day_with_a_storm_is_as_the_stream_was():
    with river("river_level", STORM) as bench:
        truth = Truth(bench, 13)
        bench.run(12.9)
        reports = arrived(bench)
        assert len(reports) > 40
        for taken_s, values in reports:
            level, velocity = truth.at(taken_s)
            assert abs(values["level"] - level) < 0.02, taken_s
            assert abs(values["velocity"] - velocity) < 0.02 * velocity + 0.03, taken_s
            flow = 0.85 * velocity * section_m2(level)
            assert abs(values["flow"] - flow) < 0.08 * flow, taken_s
            for point, (name, scale, error) in QUALITY.items() if taken_s > 120 else ():
                least, most = truth.within(name, taken_s - 6.1 * HOUR_S, taken_s)
                assert least * scale - error <= values[point] <= most * scale + error, (taken_s, point)
        levels = [values["level"] for _, values in reports]
        assert max(levels) > min(levels) + 0.25
        assert not faults(bench)


def test_probes_have_power_for_a_minute_now_and_then():
    with river() as bench:
        sonde, powered = bench.simulated.parts["sonde"], []
        taken = sonde.on_load
        sonde.on_load = lambda ma: (taken(ma), powered.append((bench.now_s, ma)))
        bench.run(25)
        switched = [powered[i] for i in range(len(powered)) if not i or powered[i][1] != powered[i - 1][1]]
        assert len(switched) == 10 and all((ma > 0) == (i % 2 == 0) for i, (_, ma) in enumerate(switched))
        begins = [time for time, ma in switched if ma]
        assert all(abs(later - earlier - 21_600) < 70 for earlier, later in pairwise(begins))
        for (on_s, _), (off_s, _) in zip(switched[::2], switched[1::2], strict=True):
            assert 60 <= off_s - on_s < 66
        # In between it sleeps: a wake to switch off for each time, and the wakes of the hours.
        assert len(bench.wakes) <= 25 + 2 * 5
        assert bench.account.drawn_mah()["chip active"] < 25 * 32 * 9 / 3600


def test_a_low_cell_measures_more_rarely(tmp_path):
    with river(edited(tmp_path, ("every_s = 21_600", "every_s = 3600"))) as bench:
        begins = []
        bench.simulated.parts["sonde"].on_load = lambda ma: ma and begins.append(bench.now_s)
        bench.at(1800, lambda: setattr(bench.simulated.parts["battery"], "drop_mv", 700))
        bench.run(22)
        pauses = [later - earlier for earlier, later in pairwise(begins) if later - earlier > 120]
        assert len(pauses) >= 4 and all(pause > 3.9 * HOUR_S for pause in pauses[2:])


@pytest.mark.parametrize("name", DEATHS)
def test_a_dead_sensor_is_a_fault_and_the_rest_goes_on(tmp_path, name):
    lost, told = DEATHS[name]
    dies_s, lives_s = 1.5 * HOUR_S, 6.5 * HOUR_S
    with river(edited(tmp_path, ("every_s = 21_600", "every_s = 3600"))) as bench:
        sensor = bench.simulated.parts[name]
        bench.at(dies_s, lambda: setattr(sensor.faults, "silent", True))
        bench.at(lives_s, lambda: setattr(sensor.faults, "silent", False))
        truth = Truth(bench, 12.5)
        bench.run(12.4)
        assert set(faults(bench)) == told | {(what, WORKS) for what, _ in told}
        assert len(faults(bench)) == 2 * len(told)
        reports = arrived(bench)
        for taken_s, values in reports[1:]:
            without = {point for point, value in values.items() if not isinstance(value, int | float)}
            if dies_s + 2 * HOUR_S < taken_s < lives_s:
                assert without - {"elevation", "stage", "rise"} == lost, taken_s
                if name == "velocity":  # the rating table's
                    level, velocity = truth.at(taken_s)
                    flow = 0.85 * velocity * section_m2(level)
                    assert abs(values["flow"] - flow) < 0.15 * flow
            elif not dies_s < taken_s < lives_s + 2 * HOUR_S:
                assert not without, taken_s
        assert reports[-1][0] > 11 * HOUR_S
        assert bench.simulated.chip.resets == {"deep-sleep": len(bench.wakes) + 1}


def test_a_line_that_is_cut_leaves_the_rest():
    """Each of its sensors is waited for in turn; rain and battery are reported as ever."""
    with river("river_level", (8 * HOUR_S, 3600, 20.0)) as bench:
        for name in DEATHS:
            bench.simulated.parts[name].faults.silent = True
        bench.run(13.9)
        assert ("surface", SILENT) in faults(bench) and ("velocity", SILENT) in faults(bench)
        reports = arrived(bench)
        assert len(reports) > 25
        assert all(values["rain"] is not None and values["battery"] > 3 for _, values in reports)
        assert reports[-1][1]["rain"] == 20
        assert "TimeoutError" not in bench.console
        assert bench.simulated.chip.resets == {"deep-sleep": len(bench.wakes) + 1}


def test_a_measurement_that_breaks_the_voltage_down_is_not_begun_again_at_once():
    with river() as bench:
        chip, sonde = bench.simulated.chip, bench.simulated.parts["sonde"]
        read, broken = sonde.register, []

        def breaks(number):
            if not broken or bench.now_s - broken[-1] > 10:
                broken.append(bench.now_s)
                bench.queue.after(1000, chip.brown_out)
            return read(number)

        sonde.register = breaks
        bench.run(13)
        assert len(broken) == chip.resets["brown-out"] == 3  # at the start, after six hours, after twelve
        assert bench.account.drawn_mah()["sonde"] < 3 * 6 * 3.2
