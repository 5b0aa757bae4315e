"""A manhole cover: how it lies, and what drives over it.

The vector is what an accelerometer on its underside feels, in thousandths of g.  A vehicle shakes the cover
and leaves it as it was; somebody who opens it leaves it tilted until it is put back.
"""

import math
import random
from collections.abc import Callable

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.occasions import Occasion, Occasions

VEHICLE_GAP_S = 240
VEHICLE_S = (0.2, 0.6)
SHOCK_MG = (40, 700)  # peak, of a bicycle and of a lorry
SHOCK_HZ = 9.0


class Cover:
    """Lies level until `tilt` is called; `quiet` keeps the traffic away."""

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._vehicles = Occasions(rng, VEHICLE_GAP_S, *VEHICLE_S)
        self._angle_deg = 0.0
        self._heading_deg = rng.uniform(0, 360)
        self._shocks: list[Occasion] = []  # those that tests add
        self._on_motion: list[Callable[[], None]] = []
        self.quiet = False

    @property
    def angle_deg(self) -> float:
        """Between the cover and the horizontal."""
        return self._angle_deg

    def tilt(self, angle_deg: float) -> None:
        """Somebody puts the cover into this position, with a knock."""
        self._angle_deg = angle_deg
        self.knock(size=0.5)

    def knock(self, size: float, lasts_s: float = 0.3) -> None:
        """A shock of `size` 0.0 to 1.0 begins now."""
        now_us = self._queue.now_us
        self._shocks = [Occasion(now_us, now_us + round(lasts_s * 1_000_000), size)]
        self._tell()

    def vector_mg(self) -> tuple[float, float, float]:
        """Gravity and shocks along x, y (in the cover's plane) and z (out of it, up)."""
        angle, heading = math.radians(self._angle_deg), math.radians(self._heading_deg)
        x, y = (1000 * math.sin(angle) * part for part in (math.cos(heading), math.sin(heading)))
        return x, y, 1000 * math.cos(angle) + self._shock_mg()

    def on_motion(self, tell: Callable[[], None]) -> None:
        """`tell` is called when a shock begins."""
        if not self._on_motion:
            self._schedule()
        self._on_motion.append(tell)

    @property
    def shaking_until_us(self) -> int:
        """When the present shock is over; now, if there is none."""
        shock = self._shock()
        return shock.ends_us if shock else self._queue.now_us

    def _shock(self) -> Occasion | None:
        now_us = self._queue.now_us
        for shock in self._shocks:
            if shock.begins_us <= now_us < shock.ends_us:
                return shock
        return None if self.quiet else self._vehicles.at(now_us)

    def _shock_mg(self) -> float:
        shock = self._shock()
        if shock is None:
            return 0.0
        lowest, highest = SHOCK_MG
        since_s = (self._queue.now_us - shock.begins_us) / 1_000_000
        return (lowest + (highest - lowest) * shock.size) * math.cos(math.tau * SHOCK_HZ * since_s)

    def _schedule(self) -> None:
        self._queue.at(self._vehicles.after(self._queue.now_us).begins_us, self._vehicle)

    def _vehicle(self) -> None:
        self._schedule()
        if not self.quiet:
            self._tell()

    def _tell(self) -> None:
        for tell in self._on_motion:
            tell()
