"""The sun: where it stands, by an almanac's program; its light, by published values; clouds and rain."""

import json
import math
import random
from itertools import pairwise
from pathlib import Path

import ephem
import pytest

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.clouds import BY_MONTH, left_by
from host_tools.simulator.worlds.sun import HAZE_LEAVES, clear_sky_w_m2, diffuse_share, direction

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "sun_light.json").read_text(encoding="utf-8"))
START_UNIX = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
NOON_US = 4 * HOUR_US + HOUR_US // 2  # in Shenzhen, about


def make(seed=1):
    queue = EventQueue()
    return queue, World(queue, random.Random(seed), START_UNIX)


def test_the_sun_stands_where_an_almanac_has_it():
    rng = random.Random(1)
    for _ in range(400):
        unix_s = rng.randrange(1_577_836_800, 2_208_988_800)  # 2020 to 2039
        latitude, longitude = rng.uniform(-70, 70), rng.uniform(-180, 180)
        place = ephem.Observer()
        place.lat, place.lon, place.pressure = str(latitude), str(longitude), 0
        place.date = ephem.Date("1970/1/1") + unix_s / 86_400
        sun = ephem.Sun(place)
        flat = math.cos(sun.alt)
        theirs = flat * math.sin(sun.az), flat * math.cos(sun.az), math.sin(sun.alt)
        assert math.dist(direction(unix_s, latitude, longitude), theirs) < math.radians(0.02)


def test_a_clear_sky():
    for elevation_deg, w_m2 in VECTORS["haurwitz"]:
        assert clear_sky_w_m2(math.sin(math.radians(elevation_deg))) == pytest.approx(w_m2)


def test_the_diffuse_share():
    for clearness, share in VECTORS["erbs"]:
        assert diffuse_share(clearness) == pytest.approx(share, rel=1e-6)
    assert diffuse_share(0.0) == 1.0 and diffuse_share(0.9) == 0.165


def test_a_week_of_clouds_as_measured():
    """Single days are up to 50 % off: the same cloud amount is thick or thin."""
    place = VECTORS["hko"]
    sum_measured = sum_ours = 0.0
    for day, cloud_percent, measured in place["days"]:
        begins_unix = 1_007_164_800 + (day - 1) * 86_400 - 8 * 3600  # 2001-12-01, local
        clear = sum(
            clear_sky_w_m2(direction(begins_unix + s, place["latitude"], place["longitude"]).up)
            for s in range(0, 86_400, 600)
        )
        ours = HAZE_LEAVES * left_by(cloud_percent / 100) * clear * 600 / 1e6
        assert ours == pytest.approx(measured, rel=0.5)
        sum_measured += measured
        sum_ours += ours
    assert sum_ours == pytest.approx(sum_measured, rel=0.03)


def test_light_on_a_panel():
    _, world = make()
    sun = world.sun
    sun.force(1.0)
    flat = sun.on_panel_w_m2(NOON_US, 0, 180)
    up = direction(START_UNIX + NOON_US // 1_000_000, *(22.5431, 114.0579)).up
    assert flat == pytest.approx(clear_sky_w_m2(up))
    south, north, west = (sun.on_panel_w_m2(NOON_US, 40, azimuth) for azimuth in (180, 0, 270))
    assert south > 1.2 * flat > flat > west > 2 * north
    assert sun.on_panel_w_m2(NOON_US + 12 * HOUR_US, 0, 180) == 0
    morning_us = NOON_US - 4 * HOUR_US
    assert sun.on_panel_w_m2(morning_us, 60, 90) > 3 * sun.on_panel_w_m2(morning_us, 60, 270)
    assert sun.on_panel_w_m2(NOON_US, 180, 0) == pytest.approx(0.2 * flat)  # it sees the ground alone
    # Under thick cloud the light comes from everywhere.
    sun.force(0.1)
    assert sun.on_panel_w_m2(NOON_US, 40, 0) == pytest.approx(sun.on_panel_w_m2(NOON_US, 40, 180), rel=0.05)


def test_a_place_on_the_other_side():
    _, world = make()
    world.sun.force(1.0)
    world.sun.latitude, world.sun.longitude = -33.9, 18.4  # Cape Town
    assert 50 < world.sun.on_panel_w_m2(NOON_US, 20, 0) < 120  # an hour after sunrise
    assert world.sun.on_panel_w_m2(10 * HOUR_US + HOUR_US // 2, 0, 0) > 950


def test_days_are_what_they_are_whoever_asks_when():
    _, often = make(5)
    _, once = make(5)
    for day in range(60):
        often.sun.left(day * DAY_US)
    assert once.sun.left(59 * DAY_US) == often.sun.left(59 * DAY_US)
    seen = {round(make(seed)[1].sun.left(10 * DAY_US), 6) for seed in range(10)}
    assert len(seen) > 5


def test_months_are_as_cloudy_as_they_are_known_for_and_dull_days_come_in_spells():
    clouds, alike, changes = [make(seed)[1].sun._clouds for seed in range(40)], 0, 0
    for month, mean in enumerate(BY_MONTH):
        season = (month + 0.5) / 12
        covers = [sky.cover(day, season) for sky in clouds for day in range(100)]
        assert sum(covers) / len(covers) == pytest.approx(mean, abs=0.06)
        assert min(covers) < 0.3 and max(covers) == 1.0
    for sky in clouds:
        dull = [sky.cover(day, 0.1) > 0.75 for day in range(100)]
        alike += sum(a == b for a, b in pairwise(dull))
        changes += sum(a != b for a, b in pairwise(dull))
    assert alike > 2 * changes


def test_rain_is_dark():
    _, world = make()
    world.rain.force((3 * 3600, 1800, 5.0))
    before, during, after, dry_again = (world.sun.left(round(h * HOUR_US)) for h in (2.9, 3.2, 6.0, 6.6))
    assert during == after == pytest.approx(0.85 * 0.16)
    assert before == dry_again > during
    assert world.rain.fell(3 * HOUR_US, 4 * HOUR_US)
    assert not world.rain.fell(0, 3 * HOUR_US) and not world.rain.fell(4 * HOUR_US, 9 * HOUR_US)


def test_rain_of_itself_is_found_again():
    queue, world = make(3)
    for hour in range(24 * 90):
        queue.run_until(hour * HOUR_US)
        before_mm = world.rain.fallen_mm
        queue.run_until((hour + 1) * HOUR_US)
        assert world.rain.fell(hour * HOUR_US, (hour + 1) * HOUR_US) == (world.rain.fallen_mm > before_mm)
