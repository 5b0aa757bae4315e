"""Sunrise and sunset in integers: no machine's floats come in, so all machines agree.

The sun's mean longitude, anomaly, equation of the centre and aberration are those of Meeus, Astronomical
Algorithms, 2nd edition, chapter 25 (low accuracy, 0.01°); nutation is left out.  Good to some seconds from
2020 to 2040 and up to 70° of latitude; to a minute or two when the sun only just rises or only just sets.

Inside, a turn is 2^28 and a sine of one is 2^15, so that all but a few products per day stay below 2^30.
"""

DAY_S = 86400
HORIZON = -8333  # the upper limb in the horizon: 34' of refraction, 16' of radius
CIVIL = -60000  # civil twilight begins, or ends

_TURN = 1 << 28
_QUARTER = _TURN >> 2

# At 2020-01-01 0 h UTC, and in 100 days.  Dynamical time, which the sun keeps, is 71 s ahead in 2030.
_LONGITUDE, _LONGITUDE_RATE = 208_874_650, 73_495_194  # of the mean sun, less 0.00569° of aberration
_ANOMALY, _ANOMALY_RATE = 266_084_537, 73_491_684
# The sine and cosine of the obliquity, in 2030.
_OBLIQUE, _UPRIGHT = 13_032, 30_065


def rise_and_set(day, latitude, longitude, altitude=HORIZON):
    """(rise, set) in seconds since 2020-01-01 UTC, of the sun's centre through `altitude`.

    day: days since 2020-01-01 by the place's own date.  Angles are in 1/10000 degrees, north and east
    positive.  A sun that stays up all day rises and sets at the mean midnights, DAY_S apart; one that
    stays down rises and sets at its noon, in the same second.
    """
    mean_noon = day * DAY_S + DAY_S // 2 - longitude * 3 // 125
    mean = (_LONGITUDE + mean_noon * _LONGITUDE_RATE // (100 * DAY_S)) % _TURN
    anomaly = (_ANOMALY + mean_noon * _ANOMALY_RATE // (100 * DAY_S)) % _TURN
    sine, cosine = _sin(_angle(latitude)), _cos(_angle(latitude))
    level = _sin(_angle(altitude))

    def is_up(offset):
        return _sine_of_altitude(offset, mean, anomaly, sine, cosine) > level

    noon = -_equation_of_time(mean, anomaly)
    if not is_up(noon):
        return mean_noon + noon, mean_noon + noon
    times = []
    for half_day in (-DAY_S // 2, DAY_S // 2):
        midnight = noon + half_day
        offset = half_day if is_up(midnight) else _crossing(is_up, midnight, noon)
        times.append(mean_noon + offset)
    return tuple(times)


def _crossing(is_up, down, up):
    """The second at which the sun comes up or goes down between `down` and `up`, either first."""
    while abs(up - down) > 1:
        middle = (down + up) // 2
        if is_up(middle):
            up = middle
        else:
            down = middle
    return up


def _sine_of_altitude(offset, mean, anomaly, sine, cosine):
    """`offset` seconds after the mean noon; mean, anomaly: then; sine, cosine: of the latitude."""
    moved = offset * 17 // 2  # 8.5 a second are a turn a year
    ecliptic = _longitude(mean + moved, anomaly + moved)
    # At the mean noon the meridian is where the mean sun is.  2^28 / 86400 is 3106 + 602 / 675.
    sidereal = mean + moved + offset * 3106 + offset * 602 // 675
    # The sun's direction, and of that the part in the meridian's plane: no angle is taken back from it.
    x, y = _cos(ecliptic), _sin(ecliptic)
    meridian = _times(x, _cos(sidereal)) + _times(_times(y, _UPRIGHT), _sin(sidereal))
    return _times(sine, _times(y, _OBLIQUE)) + _times(cosine, meridian)


def _equation_of_time(mean, anomaly):
    """Seconds by which the sun's noon is before the mean sun's, to a quarter of a minute."""
    ecliptic = _longitude(mean, anomaly)
    return (mean - ecliptic + (28_731 * _sin(2 * ecliptic) >> 9)) // 3107


def _longitude(mean, anomaly):
    """The sun's, from the mean sun's: 1.9132° and 0.0200° away at most."""
    return mean + (22_290 * _sin(anomaly) >> 9) + (14_885 * _sin(2 * anomaly) >> 15)


def _angle(ten_thousandths):
    return ten_thousandths * _TURN // 3_600_000


def _sin(angle):
    """A polynomial in quarter turns, on the two around zero."""
    angle = (angle + _QUARTER) % _TURN - _QUARTER
    if angle > _QUARTER:
        angle = 2 * _QUARTER - angle
    quarters = angle + 1024 >> 11
    square = _times(quarters, quarters)
    total = 0
    for factor in (5, -153, 2611, -21167, 51472):
        total = _times(total, square) + factor
    return _times(quarters, total)


def _cos(angle):
    return _sin(angle + _QUARTER)


def _times(a, b):
    """The product of two sines, rounded."""
    return a * b + 16384 >> 15
