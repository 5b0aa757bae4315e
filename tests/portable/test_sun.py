from firmware.schedule.sun import CIVIL, DAY_S, rise_and_set
from tests.portable.check import load

MONTHS = range(1, 13)
ROUNDED_S = 30  # published times are whole minutes
NEAR_S = 15  # what is ours


def day_number(year, month, day):
    """Days since 2020-01-01, for 1901 to 2099."""
    in_months = sum((31, 28 + (year % 4 == 0), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[: month - 1])
    return 365 * (year - 2020) + (year - 1) // 4 - 504 + in_months + day - 1


def seconds(published, day):
    return day * DAY_S + 3600 * int(published[:2]) + 60 * int(published[2:])


def nearest(day, place, which, time, *altitude):
    """Our time of the event next to `time`, which may belong to a neighbouring date at the place."""
    times = [rise_and_set(near, *place, *altitude)[which] for near in (day - 1, day, day + 1)]
    return min(times, key=lambda ours: abs(ours - time))


def test_the_days_are_counted_right():
    assert day_number(2020, 1, 1) == 0
    assert day_number(2019, 12, 31) == -1
    assert [day_number(2020, 3, 1), day_number(2021, 3, 1), day_number(2024, 12, 31)] == [60, 425, 1826]


def test_usno_tables():
    for table in load("sun_usno.json")["tables"]:
        place = table["latitude"], table["longitude"]
        for date, row in table["rows"].items():
            times = row.split()
            for month in MONTHS:
                day = day_number(table["year"], month, int(date))
                for which in (0, 1):
                    published = seconds(times[2 * month - 2 + which], day)
                    ours = nearest(day, place, which, published)
                    assert abs(ours - published) <= ROUNDED_S + NEAR_S, (place, month, date, ours - published)


def test_usno_days_in_the_far_north():
    for entry in load("sun_usno.json")["days"]:
        day = day_number(*entry["date"])
        place = entry["latitude"], entry["longitude"]
        for names, altitude in ((("rise", "set"), ()), (("dawn", "dusk"), (CIVIL,))):
            for which, name in enumerate(names):
                if name in entry:
                    published = seconds(entry[name], day)
                    ours = nearest(day, place, which, published, *altitude)
                    assert abs(ours - published) <= ROUNDED_S + NEAR_S, (entry, name, ours - published)


def test_hong_kong_observatory():
    """Next to Shenzhen; its times are whole minutes too."""
    vectors = load("sun_hko.json")
    for date, *times in vectors["rows"]:
        day = day_number(*[int(part) for part in date.split("-")])
        ours = rise_and_set(day, vectors["latitude"], vectors["longitude"])
        for which in (0, 1):
            error = ours[which] + 60 * vectors["zone"] - seconds(times[which], day)
            assert abs(error) <= ROUNDED_S + 3, (date, which, error)


def test_shenzhen():
    vectors = load("sun_shenzhen.json")
    place = vectors["latitude"], vectors["longitude"]
    for date, *times in vectors["rows"]:
        day = day_number(*[int(part) for part in date.split("-")])
        ours = rise_and_set(day, *place) + rise_and_set(day, *place, CIVIL)
        errors = [ours[i] - day * DAY_S - times[i] for i in range(4)]
        assert max(errors) <= 5 and min(errors) >= -5, (date, errors)


def test_an_equinox_by_hand():
    """Shenzhen on 2026-03-20, whose equinox is at 14:46 UTC; the perihelion was 75.9 days before it.

    Anomaly 74.81°, equation of the centre 1.9146° sin 74.81° + 0.0200° sin 149.6° = 1.858°, so the mean sun
    is 1.858° behind: the equation of time is -7 min 26 s, and 17.7 s further from zero a day before.  The
    declination is -0.3952° a day before.  Sunrise, 16.4 h before: declination -0.271°, hour angle
    acos((-0.01454 + 0.3834 * 0.00472) / 0.9236) = 90.790° = 6 h 3 min 10 s, equation of time -7 min 38 s.
    Sunset, 4.2 h before: -0.070°, 90.873° = 6 h 3 min 30 s, -7 min 29 s.
    The place is 7 h 36 min 14 s ahead of UTC.
    """
    day = day_number(2026, 3, 20)
    rise, set = rise_and_set(day, 225431, 1140579)
    noon = day * DAY_S + 12 * 3600 - (7 * 3600 + 36 * 60 + 14)
    assert abs(rise - (noon - (6 * 3600 + 3 * 60 + 10) + 7 * 60 + 38)) <= 5
    assert abs(set - (noon + (6 * 3600 + 3 * 60 + 30) + 7 * 60 + 29)) <= 5


def test_a_sun_that_stays_up_or_down():
    tromso = 696496, 189560
    summer, winter = day_number(2026, 6, 21), day_number(2026, 12, 21)
    rise, set = rise_and_set(summer, *tromso)
    assert set - rise == DAY_S
    assert rise_and_set(summer + 1, *tromso)[0] == set
    rise, set = rise_and_set(winter, *tromso)
    assert rise == set
    assert abs(rise - winter * DAY_S - 38600) < 400  # 10:43 by the sun: noon
    rise, set = rise_and_set(winter, *tromso, CIVIL)
    assert 4 * 3600 < set - rise < 6 * 3600


def test_days_shorten_to_nothing_where_the_polar_night_begins():
    """In mid-January, when the sun's noon is nine minutes after the mean sun's."""
    day = day_number(2026, 1, 15)
    times = [rise_and_set(day, latitude, 0) for latitude in range(690_000, 705_000, 20)]
    lengths = [set - rise for rise, set in times]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] == 0
    assert min(length for length in lengths if length) < 600


def test_north_and_south_have_opposite_seasons():
    for day in range(0, 365, 30):
        north, south = rise_and_set(day, 400000, 0), rise_and_set(day, -400000, 0)
        both = north[1] - north[0] + south[1] - south[0]
        assert DAY_S + 900 < both < DAY_S + 1300  # refraction and the sun's radius lengthen both


def test_a_day_at_the_equator_is_twelve_hours_and_refraction():
    for day in range(0, 7670, 97):
        rise, set = rise_and_set(day, 0, 0)
        assert 12 * 3600 + 380 < set - rise < 12 * 3600 + 460


def test_a_turn_of_the_earth_later():
    """The same place by another name: 180° west is a day after 180° east."""
    west, east = rise_and_set(100, 225000, -1_800_000), rise_and_set(101, 225000, 1_800_000)
    assert abs(west[0] - east[0]) <= 1 and abs(west[1] - east[1]) <= 1
