"""What holds of a water gauge whatever its sensors say."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from firmware.water_rating import flow, interpolate
from firmware.water_state import WaterState

levels = st.none() | st.integers(-3_000, 6_000)
readings = st.tuples(st.integers(0, 8_000), levels, levels, st.none() | st.integers(0, 400))
rows = st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 10_000)), min_size=2, max_size=16)


def judged(sequence, **settings):
    """(fields, state) of reading after reading, with a sleep before each."""
    now_s, tips, kept = 800_000_000, 0, b""
    for passed_s, echo_mm, probe_mm, new in sequence:
        now_s += passed_s
        tips += new or 0
        state = WaterState(kept)
        state.configure(**settings)
        yield state.judge(now_s, echo_mm, probe_mm, None if new is None else tips, 200), state
        kept = state.kept


@given(st.lists(readings, max_size=30))
def test_the_level_is_one_of_the_sensors_or_between_them(sequence):
    for reading, (fields, state) in zip(sequence, judged(sequence), strict=True):
        known = [level for level in reading[1:3] if level is not None]
        assert ("level_mm" in fields) == bool(known)
        if known:
            assert min(known) <= fields["level_mm"] <= max(known)
            assert 0 <= fields["stage_code"] <= 3
        if state.send_s is None:  # no storm: it looks by itself where no rain gauge would wake it
            assert state.again_s == (None if reading[3] is not None else 900)
        assert len(state.kept) < 96


@given(st.lists(st.tuples(st.integers(0, 7_000), st.integers(0, 300)), min_size=1, max_size=40))
def test_no_tip_is_counted_twice_or_lost(intervals):
    """All tips are in the amount, and in the hour's, if all readings were within an hour."""
    tips = 0
    for i, (fields, _) in enumerate(judged([(passed, 0, 0, new) for passed, new in intervals])):
        tips += intervals[i][1]
        assert fields["rain_um"] == tips * 200
        assert fields["rain60_umph"] <= tips * 200
        assert fields["rain5_umph"] <= 12 * fields["rain60_umph"]
    if sum(passed for passed, _ in intervals[1:]) < 3540 and tips < 255:
        assert fields["rain60_umph"] == (tips - intervals[0][1]) * 200


@given(st.integers(0, 240), st.integers(-2, 2))
def test_the_pace_does_not_flap(level, noise):
    """Water that wavers at any height changes the pace once at most."""
    sequence = [(300, level + (noise if i % 2 else 0), level, 0) for i in range(60)]
    paces = [state.again_s for _, state in judged(sequence)]
    assert sum(before != after for before, after in pairwise(paces[1:])) <= 1


@given(rows, st.integers(-1_000, 1_000))
def test_the_rating_stays_within_its_table(table, level):
    table = sorted({row[0]: row for row in table}.values())
    flows = [row[1] for row in table]
    assert min(flows) <= interpolate(table, level) <= max(flows)
    for known, told in table:
        assert interpolate(table, known) == told


sections = st.lists(st.tuples(st.integers(-20_000, 20_000), st.integers(0, 200_000)), min_size=2, max_size=16)
waters = st.integers(-25_000, 40_000), st.integers(0, 65_535), st.integers(300, 1200)


def wetted_mm2(section, level):
    """By another way than the node's: the width at each row and at the level, and the mean of each two."""
    widths = {row[0]: Fraction(row[1]) for row in section if row[0] < level}
    if not widths:
        return Fraction(0)
    low = max(widths)
    above = [row for row in section if row[0] >= level]
    widths[level] = widths[low]
    if above:
        high, width = above[0]
        widths[level] += (width - widths[low]) * Fraction(level - low, high - low)
    heights = sorted(widths)
    return sum((b - a) * (widths[a] + widths[b]) / 2 for a, b in pairwise(heights))


@given(sections, *waters)
@example([(-20_000, 200_000), (20_000, 200_000)], 40_000, 65_535, 1200)
@example([(0, 3), (1000, 0)], 998, 65_535, 1000)
def test_flow_through_a_section(section, level, velocity, permil):
    section = sorted({row[0]: row for row in section}.values())
    if len(section) < 2:
        return
    exact = wetted_mm2(section, level) * velocity * permil / 10**9
    found = flow(section, level, velocity, permil)
    assert 0 <= exact - found < 1 + Fraction(velocity * permil, 10**9)
    assert found < 1 << 30
    assert found <= flow(section, level + 1, velocity, permil)
    assert found <= flow(section, level, velocity + 1, permil)


@given(st.integers(0, 3000), st.none() | st.integers(0, 15_000), st.booleans())
def test_which_flow_it_tells(level, velocity, has_section):
    """The section's where there is a velocity, else the rating's."""
    section = [[0, 4000], [2000, 10_000]] if has_section else []
    rating = [[0, 0], [3000, 3000]]
    state = WaterState()
    state.configure(rating=rating, section=section, velocity_permil=800)
    found = state.judge(800_000_000, level, None, 0, 200, velocity)["flow_lps"]
    by_section = has_section and velocity is not None
    assert found == (flow(section, level, velocity, 800) if by_section else level)


def test_a_flow_by_hand():
    """Full to 1 m, from 4 m wide at the bed to 7 m: 5.5 m2; 1.2 m/s at the surface, 85 % of it on average."""
    section = [[0, 4000], [2000, 10_000]]
    assert flow(section, 1000, 1200, 850) == 5610
    assert flow(section, 2000, 1200, 850) == 14_280
    assert flow(section, 2500, 1200, 850) == 14_280 + 5100  # half a metre between walls
    assert flow(section, 0, 1200, 850) == flow(section, -700, 1200, 850) == flow(section, 1000, 0, 850) == 0
