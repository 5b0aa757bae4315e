"""A stream: its water moves, the faster the deeper it is, and has a quality.

Made up to be plausible for a small river in a warm city.  Rain makes it rise (worlds/water.py), cloudy and
less salty; by day its plants make oxygen; sewage takes that away.
"""

import math
import random
from collections.abc import Callable

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.wander import Wander
from host_tools.simulator.worlds.water import Water

DAY_S, HOUR_S = 86_400, 3600
DRY_MM = 600.0  # of level without rain
AT_A_METRE_MMPS = 1100.0  # surface velocity at a depth of 1 m; Manning's two thirds of it at others
CLEAR_NTU, CLOUDED_NTU_PER_MM = 8.0, 0.4  # of rise
SEWAGE_NTU = 60.0
DRY_USPCM, DILUTES_MM = 450.0, 500.0
DEEP_C = 16.0  # the water follows the air from here, by a third
PIPE_LPS = 12.0  # of the pipe that drains the place, on average


class Stream:
    """`pace`: 1.0, less in a backwater.  `sewage`: its share, 0.0 to 1.0.  Both are there to be set."""

    def __init__(
        self,
        queue: EventQueue,
        water: Water,
        rng: random.Random,
        unix_s: Callable[[], float],
        air_c: Callable[[], float],
    ):
        self._queue = queue
        self._water = water
        self._unix_s = unix_s
        self._air_c = air_c
        self.pace = 1.0
        self.sewage = 0.0
        self._level = Wander(rng, 30.0, 6 * HOUR_S, 5 * DAY_S)
        self._eddies = Wander(rng, 0.03, 300, 2 * HOUR_S)
        self._mud = Wander(rng, 3.0, HOUR_S, DAY_S)
        self._acidity = Wander(rng, 0.15, 6 * HOUR_S, 4 * DAY_S)
        self._draining = Wander(rng, 4.0, HOUR_S, 3 * DAY_S)
        water.dry_mm = lambda: DRY_MM + self._level.at(unix_s())

    @property
    def velocity_mmps(self) -> float:
        """At the surface."""
        depth_m = max(self._water.level_mm, 0.0) / 1000
        return AT_A_METRE_MMPS * depth_m ** (2 / 3) * self.pace * (1 + self._eddies.at(self._unix_s()))

    @property
    def temperature_c(self) -> float:
        return max(DEEP_C + (self._air_c() - DEEP_C) / 3, 0.1)

    @property
    def turbidity_ntu(self) -> float:
        mud_ntu = self._mud.at(self._unix_s()) + CLOUDED_NTU_PER_MM * self._risen_mm
        return CLEAR_NTU + mud_ntu + SEWAGE_NTU * self.sewage

    @property
    def conductivity_uspcm(self) -> float:
        return DRY_USPCM / (1 + self._risen_mm / DILUTES_MM) * (1 + self.sewage)

    @property
    def acidity_ph(self) -> float:
        return 7.5 + self._acidity.at(self._unix_s()) - 0.5 * self.sewage

    @property
    def oxygen_mgpl(self) -> float:
        """Four fifths of saturation, about 468 / (31.6 + t) mg/l at t degrees C, and the day's swing."""
        saturated = 468 / (31.6 + self.temperature_c)
        hour = (self._unix_s() / HOUR_S + 8) % 24  # local: in China
        return saturated * (0.8 + 0.1 * math.cos(math.tau * (hour - 15) / 24)) * (1 - 0.9 * self.sewage)

    @property
    def pipe_lps(self) -> float:
        return PIPE_LPS + self._draining.at(self._unix_s())

    @property
    def pipe_m3(self) -> float:
        """Through the pipe since the queue's zero; about: its flow is taken for its mean."""
        return PIPE_LPS / 1000 * self._queue.now_us / 1_000_000

    @property
    def _risen_mm(self) -> float:
        return max(self._water.level_mm - self._water.dry_mm(), 0.0)
