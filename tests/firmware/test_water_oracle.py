"""A water gauge beside an oracle that keeps the whole past: sensors that die in a storm, and come back."""

import random

import pytest

from firmware.water_state import WaterState

STEP_S = (60, 300, 300, 900, 3600)
ATTENTION, WARNING, ALARM = STAGES = 30, 100, 250
HYSTERESIS, CALM_S, WET_TIPS = 20, 3600, 5
QUIET_S = 4000  # after which nothing counts any more: an hour in which it was calm, and one reading
PROBE, RAIN = 1, 2  # what may be dead


class Oracle:
    """Every reading since the beginning: (second, tips or None, level or None)."""

    def __init__(self):
        self.readings = []
        self.stage = 0

    def read(self, now_s, tips, level):
        self.readings.append((now_s, tips, level))
        if level is not None:
            reached = sum(level >= threshold for threshold in STAGES)
            held = sum(level >= threshold - HYSTERESIS for threshold in STAGES)
            self.stage = max(reached, min(self.stage, held))

    def tips_within(self, seconds):
        """(least, most) that can have fallen in the last so many seconds."""
        now_s = self.readings[-1][0]
        known = [(then_s, tips) for then_s, tips, _ in self.readings if tips is not None]
        last = known[-1][1]
        surely = [tips for then_s, tips in known if then_s >= now_s - seconds]
        perhaps = [tips for then_s, tips in known if then_s <= now_s - seconds - 60]
        return last - surely[0], last - (perhaps[-1] if perhaps else known[0][1])


def life(seed, steps=150):
    """(gauge, fields, oracle) after each reading; water, rain and faults come and go."""
    chance = random.Random(seed)
    now_s, tips, level, dead, wet, kept = 800_000_000, 0, 0, 0, False, b""
    oracle = Oracle()
    for _ in range(steps):
        passed_s = chance.choice(STEP_S)
        now_s += passed_s
        wet = chance.random() < 0.1 or (wet and chance.random() < 0.9)
        tips += chance.randrange(passed_s // 60 * 3) if wet else 0
        level = chance.choice((level, level, level + chance.randint(-40, 60), 0, 260))
        dead = chance.choice((dead,) * 9 + (0, PROBE, RAIN, PROBE | RAIN))
        said = (None if dead & PROBE else level), (None if dead & RAIN else tips)
        gauge = WaterState(kept)
        gauge.configure()
        fields = gauge.judge(now_s, None, said[0], said[1], 200)
        oracle.read(now_s, said[1], said[0])
        kept = gauge.kept
        yield gauge, fields, oracle


@pytest.mark.parametrize("seed", range(60))
def test_rain_stage_and_rise_are_as_in_the_oracle(seed):
    for _, fields, oracle in life(seed):
        _, tips, level = oracle.readings[-1]
        if level is not None:
            assert fields["stage_code"] == oracle.stage
            before = [other for then_s, _, other in oracle.readings if other is not None][:-1]
            if before and "rise_mmph" in fields and len(set(before)) == 1:
                assert (fields["rise_mmph"] > 0) <= (level > before[0])
                assert (fields["rise_mmph"] < 0) <= (level < before[0])
        if tips is not None:
            assert fields["rain_um"] == tips * 200
            least, _ = oracle.tips_within(3540)  # in whole minutes
            _, most = oracle.tips_within(3600)
            assert least * 200 <= fields["rain60_umph"] <= most * 200


@pytest.mark.parametrize("dead", [PROBE, RAIN, PROBE | RAIN])
@pytest.mark.parametrize("storm", ["rain", "rise", "alarm"])
def test_a_sensor_that_dies_in_a_storm_does_not_keep_the_pace(storm, dead):
    """An hour without a word of rain or water is calm; what the dead ones said last is no storm."""
    gauge = WaterState()
    gauge.configure()
    tips, level = 0, 0
    for now_s in range(800_000_000, 800_003_000, 300):
        tips += 20 * (storm == "rain")
        level += {"rain": 0, "rise": 10, "alarm": 40}[storm]
        gauge.judge(now_s, None, level, tips, 200)
    assert gauge.again_s in (60, 300)
    if not dead & PROBE:
        level = 0
    for later_s in range(300, 3 * QUIET_S, 300):
        said = (None if dead & PROBE else level), (None if dead & RAIN else tips)
        gauge.judge(now_s + later_s, None, *said, 200)
    assert gauge.send_s is None and gauge.again_s == (900 if dead & RAIN else None)


def test_what_fell_while_the_rain_gauge_was_silent_fell_evenly():
    gauge = WaterState()
    gauge.configure()
    gauge.judge(800_000_000, None, 0, 0, 200)
    for later_s in range(300, 3300, 300):
        gauge.judge(800_000_000 + later_s, None, 0, None, 200)
    fields = gauge.judge(800_003_300, None, 0, 55, 200)
    assert fields["rain60_umph"] == 55 * 200 and fields["rain5_umph"] == 60 * 200


@pytest.mark.parametrize(("echo", "told"), [(405, 405), (1500, 0)])
def test_water_that_rose_while_nobody_saw_it(echo, told):
    """In rain the higher of two levels holds, if water can have risen so far since it was seen last."""
    gauge = WaterState()
    gauge.configure()
    gauge.judge(800_000_000, 0, 0, 0, 200)
    for later_s in range(900, 4500, 900):
        gauge.judge(800_000_000 + later_s, None, None, later_s // 60, 200)
    assert gauge.judge(800_004_500, echo, 0, 75, 200)["level_mm"] == told
