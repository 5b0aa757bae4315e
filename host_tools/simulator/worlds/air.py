"""The air's pressure: weather that comes and goes in days, and the half-day tide of the atmosphere.

Made up to change by about 5 hPa from one day to the next, as is usual in middle latitudes, and by less than
2 hPa in an hour.
"""

import math
import random
from collections.abc import Callable

from host_tools.simulator.worlds.wander import Wander

DAY_S = 86_400
WEATHER_HPA = 10.0
WEATHER_S = (1.5 * DAY_S, 10 * DAY_S)
TIDE_HPA = 1.2
TIDE_PEAK_S = 10 * 3600  # and 12 hours later, by the sun


class Air:
    """`mean_hpa` is the site's."""

    def __init__(self, rng: random.Random, local_s: Callable[[], float]):
        """local_s: the time by the sun."""
        self._weather = Wander(rng, WEATHER_HPA, *WEATHER_S)
        self._local_s = local_s
        self.mean_hpa = 1013.0

    @property
    def pressure_hpa(self) -> float:
        local_s = self._local_s()
        tide_hpa = TIDE_HPA * math.cos(math.tau * (local_s - TIDE_PEAK_S) / (DAY_S / 2))
        return self.mean_hpa + self._weather.at(local_s) + tide_hpa
