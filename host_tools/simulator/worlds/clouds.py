"""Clouds: a share of the sky for each day, with spells of dull and of fine weather.

Cloudiness by month is the Hong Kong Observatory's (Shenzhen is 30 km north): its normals of 1961 to 1990,
October of 1971 to 2000; June, August, September and November are assumed, between their neighbours.  How much
days differ, and how alike neighbouring days are, is after its daily extracts of five months (deviations of
0.14 to 0.33, correlations of 0.3 to 0.85).
"""

import math
import random

DAY_S = 86_400
BY_MONTH = (0.58, 0.73, 0.76, 0.78, 0.74, 0.72, 0.65, 0.66, 0.62, 0.57, 0.53, 0.49)
DEVIATION = 0.27
PERSISTENCE = 0.7  # from one day to the next
RAIN_LEAVES = 0.16  # of the light of a clear sky: nimbostratus, as Kasten and Czeplak 1980 are quoted


class Clouds:
    """What a day holds depends on the seed alone."""

    def __init__(self, rng: random.Random):
        self._rng = rng
        self._days: list[float] = []  # how cloudy, as a normal deviate

    def cover(self, day: int, season: float) -> float:
        """Share of the sky, 0.0 to 1.0.  day: a count from 0; season: share of the year that has passed."""
        while len(self._days) <= day:
            before = self._days[-1] if self._days else 0.0
            chance = self._rng.gauss(0, math.sqrt(1 - PERSISTENCE**2) if self._days else 1.0)
            self._days.append(PERSISTENCE * before + chance)
        return min(max(BY_MONTH[int(12 * season)] + DEVIATION * self._days[day], 0.0), 1.0)


def left_by(cover: float) -> float:
    """Of a clear sky's light (Kasten and Czeplak, Solar Energy 24, 1980)."""
    return 1 - 0.75 * cover**3.4
