"""Sunrise and sunset against PyEphem (libastro, VSOP87), over the years and places that they are good for."""

import random
from math import pi, sin

import ephem
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.schedule import sun
from firmware.schedule.sun import CIVIL, DAY_S, HORIZON, rise_and_set

EPOCH = ephem.Date("2020/1/1")
DEGREES = {HORIZON: "-0:50", CIVIL: "-6"}
LAST_DAY = 7671  # 2041-01-01

days = st.integers(0, LAST_DAY)
latitudes = st.integers(-700_000, 700_000)
longitudes = st.integers(-1_800_000, 1_800_000)
altitudes = st.sampled_from(sorted(DEGREES))


def observer(latitude, longitude, time):
    """At sea level, without air, with the true horizon."""
    place = ephem.Observer()
    place.lat, place.lon = str(latitude / 1e4), str(longitude / 1e4)
    place.pressure = 0
    place.date = EPOCH + time / DAY_S
    return place


def peer_times(day, latitude, longitude, altitude):
    """[rise, set] around the noon of that date at the place; None for one that is not within half a day."""
    place = observer(latitude, longitude, day * DAY_S + 39_600 - longitude * 0.024)
    noon = place.next_transit(ephem.Sun())
    place.horizon = DEGREES[altitude]
    times = []
    for find in (place.previous_rising, place.next_setting):
        try:
            time = find(ephem.Sun(), start=noon, use_center=True)
        except (ephem.AlwaysUpError, ephem.NeverUpError):
            time = None
        near = time is not None and abs(time - noon) < 0.5014
        times.append((time - EPOCH) * DAY_S if near else None)
    return times, (noon - EPOCH) * DAY_S


@given(st.integers(-(1 << 30), 1 << 30))
def test_sines(angle):
    """To 0.00005, over some turns."""
    assert abs(sun._sin(angle) - (1 << 15) * sin(angle * 2 * pi / (1 << 28))) < 1.7


@given(days, latitudes, longitudes, altitudes)
def test_the_sun_stands_where_its_time_says(day, latitude, longitude, altitude):
    times, _ = peer_times(day, latitude, longitude, altitude)
    for ours, theirs in zip(rise_and_set(day, latitude, longitude, altitude), times, strict=True):
        if theirs is None:
            continue
        peer = ephem.Sun(observer(latitude, longitude, ours))
        assert abs(peer.alt * 57.2957795 - altitude / 1e4) < 0.015  # degrees


@given(days, latitudes, longitudes, altitudes)
def test_right_to_a_minute_where_the_sun_does_not_graze(day, latitude, longitude, altitude):
    times, noon = peer_times(day, latitude, longitude, altitude)
    for ours, theirs in zip(rise_and_set(day, latitude, longitude, altitude), times, strict=True):
        if theirs is not None and 3600 < abs(theirs - noon) < DAY_S // 2 - 3600:
            assert abs(ours - theirs) < 25


@pytest.mark.parametrize("latitude", [225_431, 450_000, 550_000, 600_000, 650_000, -337_000])
def test_right_to_a_minute_on_every_day_of_twenty_years(latitude):
    """Also where it grazes, as at 65° in midsummer; every tenth day, in another phase at each latitude."""
    first = random.Random(latitude).randrange(10)
    for day in range(first, LAST_DAY, 10):
        times, _ = peer_times(day, latitude, 1_140_579, HORIZON)
        ours = rise_and_set(day, latitude, 1_140_579)
        assert max(abs(a - b) for a, b in zip(ours, times, strict=True)) < 30
