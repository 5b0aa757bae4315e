"""The sun at a site: where it stands, and what of its light falls on a panel.

Position: the Astronomical Almanac's low-precision formulas (0.01 degrees, 1950 to 2050).  Clear sky:
Haurwitz 1945, as in Sandia's report SAND2012-2389 and pvlib.  Its diffuse share: Erbs, Klein and Duffie,
Solar Energy 28, 1982.  On a tilted panel: Liu and Jordan's sky, alike in all directions.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from host_tools.simulator.worlds.clouds import DAY_S, RAIN_LEAVES, Clouds, left_by
from host_tools.simulator.worlds.rain import Rain

SHENZHEN = 22.5431, 114.0579
J2000_UNIX = 946_728_000  # 2000-01-01 12:00 UTC
SOLAR_CONSTANT_W_M2 = 1361.0
GROUND_REFLECTS = 0.2  # what is usual; assumed
LOWEST_UP = 0.065  # below 3.7 degrees no light is taken for direct
AFTER_RAIN_US = 3 * 3_600_000_000  # the sky stays dark so long; assumed
# A city's haze, of a clear sky's light: fitted to the Hong Kong Observatory's radiation of 1 to 7 December
# 2001, 70.8 MJ/m2, where sun and clouds alone would make 83.5.
HAZE_LEAVES = 0.85
S_PER_DEGREE = DAY_S / 360


class Direction(NamedTuple):
    """Of length 1."""

    east: float
    north: float
    up: float


class Sun:
    """`latitude` and `longitude` in degrees, north and east positive.

    `observers` are called before `force` changes the light.
    """

    def __init__(self, clouds: Clouds, rain: Rain, start_unix: int):
        self.latitude, self.longitude = SHENZHEN
        self.observers: list[Callable[[], None]] = []
        self._clouds = clouds
        self._rain = rain
        self._start_unix = start_unix
        self._forced: float | None = None

    def force(self, share: float) -> None:
        """So much of a clear sky's light comes through, 0.0 to 1.0, whatever the weather does."""
        for tell in self.observers:
            tell()
        self._forced = share

    def left(self, time_us: int) -> float:
        """Share of a clear sky's light."""
        if self._forced is not None:
            return self._forced
        if self._rain.fell(time_us - AFTER_RAIN_US, time_us):
            return HAZE_LEAVES * RAIN_LEAVES
        begun_s = self._start_unix + self.longitude * S_PER_DEGREE  # by the sun
        day = int((begun_s % DAY_S + time_us / 1e6) // DAY_S)
        season = (begun_s + time_us / 1e6) / (365.25 * DAY_S) % 1
        return HAZE_LEAVES * left_by(self._clouds.cover(day, season))

    def on_panel_w_m2(self, time_us: int, tilt_deg: float, azimuth_deg: float) -> float:
        """Of a panel that leans by `tilt_deg` from lying flat towards `azimuth_deg` (north 0, east 90)."""
        unix_s = self._start_unix + time_us // 1_000_000
        clear = _clear(unix_s, self.latitude, self.longitude, tilt_deg, azimuth_deg)
        return clear.on_panel_w_m2(self.left(time_us)) if clear else 0.0


class Clear(NamedTuple):
    """A clear sky over a panel, which is the same in all weathers."""

    flat_w_m2: float
    clearness: float  # of what there would be without an atmosphere
    beam_gain: float  # direct light on the panel, to that on the flat
    sky_seen: float
    ground_seen: float

    def on_panel_w_m2(self, left: float) -> float:
        flat = self.flat_w_m2 * left
        diffuse = diffuse_share(self.clearness * left)
        return flat * (
            (1 - diffuse) * self.beam_gain + diffuse * self.sky_seen + GROUND_REFLECTS * self.ground_seen
        )


@lru_cache(maxsize=40_000)  # the years of two climates by the half hour
def _clear(unix_s: int, latitude: float, longitude: float, tilt_deg: float, azimuth_deg: float):
    """`Clear`; None at night."""
    sun = direction(unix_s, latitude, longitude)
    flat_w_m2 = clear_sky_w_m2(sun.up)
    if not flat_w_m2:
        return None
    tilt, azimuth = math.radians(tilt_deg), math.radians(azimuth_deg)
    facing = math.cos(tilt) * sun.up
    facing += math.sin(tilt) * (math.sin(azimuth) * sun.east + math.cos(azimuth) * sun.north)
    above = SOLAR_CONSTANT_W_M2 * _nearness(unix_s) * max(sun.up, LOWEST_UP)
    beam_gain = max(facing, 0.0) / sun.up if sun.up > LOWEST_UP else 0.0
    seen = (1 + math.cos(tilt)) / 2
    return Clear(flat_w_m2, flat_w_m2 / above, beam_gain, seen, 1 - seen)


def direction(unix_s: float, latitude: float, longitude: float) -> Direction:
    """From a place to the sun's centre."""
    days = (unix_s - J2000_UNIX) / DAY_S
    anomaly = math.radians(357.528 + 0.9856003 * days)
    ecliptic = 280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)
    ecliptic, oblique = math.radians(ecliptic), math.radians(23.439 - 0.0000004 * days)
    x, y = math.cos(ecliptic), math.cos(oblique) * math.sin(ecliptic)
    to_pole = math.sin(oblique) * math.sin(ecliptic)
    # The meridian's right ascension: mean sidereal time.
    sidereal = math.radians(280.46062 + 360.98564737 * days + longitude)
    in_meridian = x * math.cos(sidereal) + y * math.sin(sidereal)
    east = y * math.cos(sidereal) - x * math.sin(sidereal)
    sine, cosine = math.sin(math.radians(latitude)), math.cos(math.radians(latitude))
    return Direction(east, cosine * to_pole - sine * in_meridian, sine * to_pole + cosine * in_meridian)


def clear_sky_w_m2(up: float) -> float:
    """On the flat under a clear sky; up: sine of the sun's elevation."""
    return 1098 * up * math.exp(-0.059 / up) if up > 0 else 0.0


def diffuse_share(clearness: float) -> float:
    """Of the light on the flat."""
    if clearness <= 0.22:
        return 1 - 0.09 * clearness
    if clearness > 0.8:
        return 0.165
    return 0.9511 - 0.1604 * clearness + 4.388 * clearness**2 - 16.638 * clearness**3 + 12.336 * clearness**4


def _nearness(unix_s: float) -> float:
    """Of the sun, to the square, over the year's mean."""
    return 1 + 0.033 * math.cos(math.tau * (unix_s - J2000_UNIX) / DAY_S / 365.25)
