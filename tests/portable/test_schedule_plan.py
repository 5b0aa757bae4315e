from firmware.schedule.plan import CLOCK, DAWN, DUSK, SUN_TIMES, SUNRISE, SUNSET, Plan
from firmware.schedule.sun import CIVIL, DAY_S, rise_and_set

SHENZHEN = [480, 225431, 1140579]
TROMSO = [60, 696496, 189560]
EVERY_DAY, WEEKDAYS, WEEKEND, HOLIDAY, OFF_DAY = 0x3FF, 0x1F, 0x60, 1 << 7, 1 << 8
NIGHT = [EVERY_DAY, 100, SUNSET, 0, SUNRISE, 0]
NIGHT_DIMMED = [0, [[EVERY_DAY, 40, CLOCK, 23 * 60, CLOCK, 5 * 60], NIGHT], []]
WEDNESDAY = 0  # 2020-01-01


def local(day, hour, minute=0, zone=480):
    return day * DAY_S + 3600 * hour + 60 * (minute - zone)


def levels(plan, day, hours):
    return [plan.level_at(local(day, hour)) for hour in hours]


def changes(plan, time, until):
    """[(time, level)] of all changes from `time` on, as a node that sleeps in between finds them."""
    found = []
    while time < until:
        change = plan.next_change(time)
        time = change or time + DAY_S
        if change and change < until:
            found.append((change, plan.level_at(change)))
    return found


def test_a_street_lamp_for_a_night():
    plan = Plan(SHENZHEN, NIGHT_DIMMED)
    day = 2000
    sunset, sunrise = rise_and_set(day, *SHENZHEN[1:])[1], rise_and_set(day + 1, *SHENZHEN[1:])[0]
    expected = [(sunset, 100), (local(day, 23), 40), (local(day + 1, 5), 100), (sunrise, 0)]
    assert changes(plan, local(day, 12), local(day + 1, 12)) == expected
    assert [plan.level_at(sunset - 1), plan.level_at(sunset), plan.level_at(sunrise)] == [0, 100, 0]


def test_offsets_and_twilight():
    plan = Plan(SHENZHEN, [0, [[EVERY_DAY, 70, DUSK, -10, DAWN, 15]], []])
    day = 300
    dusk, dawn = rise_and_set(day, *SHENZHEN[1:], CIVIL)[1], rise_and_set(day + 1, *SHENZHEN[1:], CIVIL)[0]
    found = changes(plan, local(day, 12), local(day + 1, 12))
    assert found == [(dusk - 600, 70), (dawn + 900, 0)]


def test_a_rule_belongs_to_the_day_on_which_it_starts():
    """Friday's night goes on into Saturday morning, Sunday's ends on Monday."""
    plan = Plan(SHENZHEN, [0, [[1 << 4, 5, CLOCK, 22 * 60, CLOCK, 6 * 60]], []])
    friday = WEDNESDAY + 2
    assert levels(plan, friday, (5, 21, 22, 23)) == [0, 0, 5, 5]
    assert levels(plan, friday + 1, (0, 5, 6, 22)) == [5, 5, 0, 0]
    assert plan.next_change(local(friday - 1, 22)) == local(friday, 22)
    assert plan.next_change(local(friday - 1, 21)) is None


def test_weekdays_over_leap_years():
    """Each list starts on a Friday: 2020-02-28, 2024-03-01, 2027-12-31, 2040-02-24."""
    plan = Plan(SHENZHEN, [0, [[WEEKEND, 1, CLOCK, 0, CLOCK, 0]], []])
    for friday in (58, 1521, 2921, 7359):
        assert [plan.level_at(local(friday + n, 12)) for n in range(9)] == [0, 1, 1, 0, 0, 0, 0, 0, 1]


def test_the_whole_day_and_the_year_s_end():
    plan = Plan(SHENZHEN, [3, [[EVERY_DAY, 9, CLOCK, 0, CLOCK, 0]], []])
    assert changes(plan, local(364, 0), local(368, 0)) == []
    assert plan.level_at(local(365, 23, 59)) == plan.level_at(local(366, 0)) == 9


def test_exceptions_take_the_place_of_the_weekday():
    first, last = 639, 645  # 2021-10-01 to 07
    rules = [
        [WEEKDAYS, 50, CLOCK, 18 * 60, CLOCK, 8 * 60],
        [WEEKEND, 60, CLOCK, 18 * 60, CLOCK, 8 * 60],
        [HOLIDAY, 100, CLOCK, 17 * 60, CLOCK, 9 * 60],
    ]
    plan = Plan(SHENZHEN, [0, rules, [[first, last, 0], [last + 2, last + 2, 1]]])
    assert levels(plan, first - 1, (17, 18)) == [0, 50]
    assert levels(plan, first, (7, 8, 17, 18)) == [50, 0, 100, 100]
    assert levels(plan, last, (12, 17, 23)) == [0, 100, 100]
    assert levels(plan, last + 1, (8, 9, 17, 18)) == [100, 0, 0, 50]
    assert levels(plan, last + 2, (7, 18, 23)) == [50, 0, 0]  # a kind that no rule names: the plan's level


def test_the_first_rule_that_applies_counts():
    high, low = [EVERY_DAY, 80, CLOCK, 600, CLOCK, 720], [EVERY_DAY, 20, CLOCK, 660, CLOCK, 780]
    assert levels(Plan(SHENZHEN, [0, [high, low], []]), 5, (10, 11, 12, 13)) == [80, 80, 20, 0]
    assert levels(Plan(SHENZHEN, [0, [low, high], []]), 5, (10, 11, 12, 13)) == [80, 20, 20, 0]


def test_midnight_sun_and_polar_night():
    """On from `late` minutes after sunset until as many before sunrise."""
    summer, winter = 2363, 2546  # 2026-06-21 and 12-21
    night, noon = rise_and_set(summer, *TROMSO[1:])[1], rise_and_set(winter, *TROMSO[1:])[0]
    for late in (0, 15):
        plan = Plan(TROMSO, [0, [[EVERY_DAY, 100, SUNSET, late, SUNRISE, -late]], []])
        assert changes(plan, night - 3 * DAY_S, night + 3 * DAY_S) == []
        assert plan.level_at(night) == 0
        assert plan.level_at(noon) == (0 if late else 100)
        assert plan.level_at(noon + DAY_S // 2) == 100


def test_a_polar_night_has_no_gap_at_noon():
    plan = Plan(TROMSO, [0, [NIGHT], []])
    noon = rise_and_set(2546, *TROMSO[1:])[0]
    assert [plan.level_at(noon + s) for s in (-1, 0, 1)] == [100, 100, 100]


def test_an_end_before_the_start_is_no_time_at_all():
    plan = Plan(TROMSO, [0, [[EVERY_DAY, 100, SUNSET, 0, CLOCK, 21 * 60]], []])
    midsummer, spring = 2363, 2270
    assert changes(plan, local(midsummer, 0, zone=60), local(midsummer + 3, 0, zone=60)) == []
    assert plan.level_at(local(spring, 20, zone=60)) == 100


def test_on_the_far_side_of_the_date_line():
    """Kiritimati is 14 hours ahead of UTC at 157° west: its clocks show a day more than its sun's date."""
    place = [840, 18667, -1574000]
    friday = WEDNESDAY + 2
    plan = Plan(place, [0, [[1 << 4, 100, SUNSET, 0, SUNRISE, 0]], []])
    found = changes(plan, local(friday - 3, 0, zone=840), local(friday + 4, 0, zone=840))
    assert [level for _, level in found] == [100, 0]
    assert [(time - local(friday, 0, zone=840)) // 3600 for time, _ in found] == [18, 30]


def test_with_clocks_half_a_day_from_the_sun():
    """On UTC at 170° west the sun sets at 5 in the morning: that is the day before's sunset."""
    friday = WEDNESDAY + 2
    plan = Plan([0, 0, -1700000], [0, [[1 << 4, 100, SUNSET, 0, SUNSET, 0]], []])
    found = changes(plan, local(friday - 3, 0, zone=0), local(friday + 4, 0, zone=0))
    assert [((time - local(friday, 0, zone=0)) // 3600, level) for time, level in found] == [
        (29, 100),
        (53, 0),
    ]


def test_the_same_answer_in_any_order():
    plan, times = Plan(SHENZHEN, NIGHT_DIMMED), [local(day, 5 * day % 24) for day in range(1000, 1100)]
    forward = [plan.level_at(time) for time in times]
    assert [plan.level_at(time) for time in reversed(times)] == list(reversed(forward))
    assert [Plan(SHENZHEN, NIGHT_DIMMED).level_at(time) for time in times] == forward
    assert len(plan._sun_times) <= SUN_TIMES
