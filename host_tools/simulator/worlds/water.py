"""Water in a road underpass: showers fill it, the drain empties it.

Each shower adds a hump of its own: the level rises while it rains and falls off exponentially after.
Amounts are made up to span the grades that flood warnings know, from nothing to over 250 mm.
"""

import math
import random

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.occasions import Occasion, Occasions

SHOWER_GAP_S = 18 * 3600
SHOWER_S = (900, 3 * 3600)
HEAVIEST_MM = 500.0  # what the heaviest shower would leave, were there no drain
DRAIN_S = 2_400.0  # time constant
REMEMBERED_US = 2 * 86_400 * 1_000_000  # of an older shower nothing is left
DEEPEST_MM = 1_400.0  # then it runs off over the road


class Water:
    """`level_mm` above the road's lowest point."""

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._showers = Occasions(rng, SHOWER_GAP_S, *SHOWER_S)
        self._forced_mm: float | None = None

    @property
    def raining(self) -> bool:
        return self._showers.at(self._queue.now_us) is not None

    @property
    def level_mm(self) -> float:
        if self._forced_mm is not None:
            return self._forced_mm
        now_us = self._queue.now_us
        showers = self._showers.since(now_us, REMEMBERED_US)
        return min(sum(_left_mm(shower, now_us) for shower in showers), DEEPEST_MM)

    def force(self, level_mm: float | None) -> None:
        """The level stands there; None: the weather decides again."""
        self._forced_mm = level_mm


def _left_mm(shower: Occasion, now_us: int) -> float:
    """A tank that fills at a steady rate while it rains, and drains in proportion to its level."""
    rate = HEAVIEST_MM * shower.size**2 / DRAIN_S  # mm a second; most showers are light
    rained_s = (min(now_us, shower.ends_us) - shower.begins_us) / 1_000_000
    drained_s = max(now_us - shower.ends_us, 0) / 1_000_000
    return rate * DRAIN_S * (1 - math.exp(-rained_s / DRAIN_S)) * math.exp(-drained_s / DRAIN_S)
