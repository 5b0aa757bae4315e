"""Plans of all kinds: checked against calendar arithmetic of the standard library, and against themselves."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from firmware.schedule.plan import CLOCK, DUSK, SUNRISE, Plan
from firmware.schedule.rules import MAX_RULES, check_plan
from firmware.schedule.sun import DAY_S, rise_and_set

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
LAST_TIME = 7671 * DAY_S  # 2041

times = st.integers(0, LAST_TIME)
levels = st.integers(0, 100)
places = st.tuples(
    st.integers(-48, 56), st.integers(-700_000, 700_000), st.integers(-1_800_000, 1_800_000)
).map(lambda place: [15 * place[0], place[1], place[2]])
clock_points = st.tuples(st.just(CLOCK), st.integers(0, 1439))
sun_points = st.tuples(st.integers(SUNRISE, DUSK), st.integers(-180, 180))


def rules(points):
    rule = st.tuples(st.integers(1, 1023), levels, points, points)
    return st.lists(rule.map(lambda r: [r[0], r[1], *r[2], *r[3]]), max_size=MAX_RULES)


@st.composite
def exceptions(draw, around):
    """Some days and stretches of days near a time, none twice."""
    day = around // DAY_S - 4
    ranges = []
    for gap, length, kind in draw(st.lists(st.tuples(*[st.integers(0, 2)] * 3), max_size=3)):
        ranges.append([day + gap, day + gap + length, kind])
        day += gap + length + 1
    return [r for r in ranges if r[0] >= 0]


def is_right(plan):
    try:
        check_plan(plan)
    except ValueError:
        return False
    return True


@st.composite
def questions(draw, points):
    """(place, plan, time)"""
    time = draw(times)
    plan = [draw(levels), draw(rules(points)), draw(exceptions(time))]
    while not is_right(plan):  # a rule that another one hides
        plan[1].pop()
    return draw(places), plan, time


@given(questions(clock_points | sun_points), st.lists(st.integers(0, DAY_S), max_size=20))
def test_nothing_changes_before_the_next_change(question, later):
    place, plan, time = question
    plan = Plan(place, plan)
    level, change = plan.level_at(time), plan.next_change(time)
    end = time + DAY_S + 1 if change is None else change
    for moment in [*(time + seconds for seconds in later), end - 1]:
        if moment < end:
            assert plan.level_at(moment) == level
    if change is not None:
        assert time < change <= time + DAY_S
        assert plan.level_at(change) != level


@given(questions(clock_points))
@example(([0, 0, 0], [7, [[1 << 2, 1, CLOCK, 1439, CLOCK, 1439]], []], 1439 * 60))
def test_fixed_times_are_those_of_the_calendar(question):
    place, plan, time = question
    default, rules, exceptions = plan
    now = EPOCH + timedelta(seconds=time, minutes=place[0])

    def applies(rule):
        days, _, _, start_minutes, _, end_minutes = rule
        for back in (0, 1):
            midnight = now.replace(hour=0, minute=0, second=0) - timedelta(days=back)
            number = (midnight - EPOCH).days
            kinds = [kind for first, last, kind in exceptions if first <= number <= last]
            bit = 7 + kinds[0] if kinds else midnight.weekday()
            start = midnight + timedelta(minutes=start_minutes)
            end = midnight + timedelta(minutes=end_minutes)
            if end <= start:
                end += timedelta(days=1)
            if days >> bit & 1 and start <= now < end:
                return True
        return False

    expected = next((rule[1] for rule in rules if applies(rule)), default)
    assert Plan(place, plan).level_at(time) == expected


@given(places, times)
def test_the_night_is_when_the_sun_is_down(place, time):
    """Sunset to sunrise, wherever and whatever the clocks show, is dark; the other way round it is light."""
    night = Plan(place, [0, [[1023, 1, 2, 0, 1, 0]], []])
    day = Plan(place, [0, [[1023, 1, 1, 0, 2, 0]], []])
    solar_day = (time + place[2] * 3 // 125) // DAY_S
    up = any(
        start <= time < end for start, end in (rise_and_set(solar_day + n, *place[1:]) for n in (-1, 0, 1))
    )
    assert (night.level_at(time), day.level_at(time)) == (int(not up), int(up))
