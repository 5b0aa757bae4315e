"""Water in a road underpass: rain from all around runs into it after a while, the drain empties it.  Or in a
stream (stream.py), which has a level without rain too.

The level is that of a tank whose drain takes in proportion to it.  Amounts are made up to span the grades
that flood warnings know, from nothing to over 250 mm.
"""

import math
from collections.abc import Callable

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.rain import Rain, Shower

GATHERED = 9.0  # mm of level from one mm of rain, were there no drain
DELAY_US = 600_000_000  # until rain has run here
DRAIN_US = 2_400_000_000  # time constant
STEPS = 24  # a shower's rain, in parts of a steady rate
REMEMBERED_US = 86_400 * 1_000_000  # of an older shower nothing is left
DEEPEST_MM = 1_400.0  # then it runs off over the road


class Water:
    """`level_mm` above the lowest point of the road, or of the bed; `dry_mm` of it without rain."""

    def __init__(self, queue: EventQueue, rain: Rain):
        self._queue = queue
        self._rain = rain
        self._forced_mm: float | None = None
        self.dry_mm: Callable[[], float] = lambda: 0.0

    @property
    def level_mm(self) -> float:
        if self._forced_mm is not None:
            return self._forced_mm
        rain_us = self._queue.now_us - DELAY_US
        risen_mm = sum(_left_mm(shower, rain_us) for shower in self._rain.since(REMEMBERED_US))
        return self.dry_mm() + min(risen_mm, DEEPEST_MM)

    def force(self, level_mm: float | None) -> None:
        """The level stands there; None: the weather decides again."""
        self._forced_mm = level_mm


def _left_mm(shower: Shower, now_us: int) -> float:
    """Of a shower's water: each step fills the tank at a steady rate, and drains."""
    step_us = (shower.ends_us - shower.begins_us) / STEPS
    left_mm = 0.0
    for i in range(STEPS):
        begins_us = shower.begins_us + i * step_us
        if begins_us >= now_us:
            break
        inflow_mm = GATHERED * (shower.fallen_mm(begins_us + step_us) - shower.fallen_mm(begins_us))
        filled_us = min(now_us - begins_us, step_us)
        drained_us = max(now_us - begins_us - step_us, 0)
        filled_mm = inflow_mm / step_us * DRAIN_US * (1 - math.exp(-filled_us / DRAIN_US))
        left_mm += filled_mm * math.exp(-drained_us / DRAIN_US)
    return left_mm
