"""A manhole cover: how it lies, what drives over it, and who is at work on it.

The vector is what an accelerometer on its underside feels, in thousandths of g.  A vehicle's axles strike the
cover one after the other; each time it rings for a moment and lies as it was.  Somebody who opens it turns it
for seconds, by jerks, and leaves it tilted until it is put back.  The figures are plausible for covers in
asphalt; they come from no measurement.
"""

import math
import random
from collections.abc import Callable

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.occasions import Occasion, Occasions

VEHICLE_GAP_S = 240
VEHICLE_S = (0.2, 0.6)  # from the first axle's impact until the second one's has rung out
SHOCK_MG = (40, 700)  # peak, of a bicycle and of a lorry
SHOCK_HZ = 9.0
RING_S = 0.06  # time constant of an impact's end
AXLE_S = 0.15  # so long before the end the second axle strikes
SIDEWAYS = 0.3  # share of a shock in the cover's plane

HANDS_HZ = 1.7  # of somebody who lifts, drags or carries it
HANDS_MG = 120
TURN_S = 3.0  # to lift it out of its frame
STEP_US = 50_000  # between two looks at a cover that is being moved


class Cover:
    """Lies level until `tilt` or `carry` is called; `quiet` keeps the traffic away."""

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._rng = rng
        self._vehicles = Occasions(rng, VEHICLE_GAP_S, *VEHICLE_S)
        self._begins_us = self._ends_us = queue.now_us  # of the last time that somebody moved it
        self._turned_us = queue.now_us
        self._from_deg = self._to_deg = 0.0
        self._heading_deg = rng.uniform(0, 360)
        self._knocks: list[Occasion] = []
        self._on_motion: list[Callable[[], None]] = []
        self.quiet = False

    @property
    def angle_deg(self) -> float:
        """Between the cover and the horizontal."""
        if self._queue.now_us >= self._turned_us:
            return self._to_deg
        done = (self._queue.now_us - self._begins_us) / (self._turned_us - self._begins_us)
        return self._from_deg + (self._to_deg - self._from_deg) * done

    def tilt(self, angle_deg: float, lasts_s: float = TURN_S) -> None:
        """Somebody begins to bring the cover into this position, for which they need so long."""
        self._move(angle_deg, lasts_s, lasts_s)

    def carry(self, lasts_s: float, angle_deg: float = 70.0) -> None:
        """It is lifted to that angle, and taken away."""
        self._move(angle_deg, min(TURN_S, lasts_s), lasts_s)

    def knock(self, size: float, lasts_s: float = 0.3) -> None:
        """Somebody begins to shake it where it lies: a shock of `size` 0.0 to 1.0 that does not ring out."""
        now_us = self._queue.now_us
        self._knocks = [Occasion(now_us, now_us + round(lasts_s * 1_000_000), size)]
        self._tell()

    def traffic(self, gap_s: float) -> None:
        """From now on a vehicle comes every `gap_s` seconds, on average."""
        self._vehicles = Occasions(self._rng, gap_s, *VEHICLE_S)
        self._next.cancel()
        self._schedule()

    def vector_mg(self) -> tuple[float, float, float]:
        """Gravity and shocks along x, y (in the cover's plane) and z (out of it, up)."""
        angle, heading = math.radians(self.angle_deg), math.radians(self._heading_deg)
        shock_mg = self._shock_mg()
        level_mg = 1000 * math.sin(angle) + SIDEWAYS * shock_mg
        return level_mg * math.cos(heading), level_mg * math.sin(heading), 1000 * math.cos(angle) + shock_mg

    def on_motion(self, tell: Callable[[], None]) -> None:
        """`tell` is called when a shock begins, and all the while that somebody moves the cover."""
        if not self._on_motion:
            self._schedule()
        self._on_motion.append(tell)

    @property
    def shaking_until_us(self) -> int:
        """When the present motion is over; now, if there is none."""
        shock = self._knock() or self._vehicle()
        ends_us = shock.ends_us if shock else self._queue.now_us
        return max(ends_us, self._ends_us)

    def _move(self, angle_deg: float, turns_s: float, lasts_s: float) -> None:
        self._from_deg, self._to_deg = self.angle_deg, angle_deg
        self._begins_us = self._queue.now_us
        self._turned_us = self._begins_us + round(turns_s * 1_000_000)
        self._ends_us = self._begins_us + round(lasts_s * 1_000_000)
        self._step()

    def _step(self) -> None:
        self._tell()
        if self._in_hands:
            self._queue.at(min(self._queue.now_us + STEP_US, self._ends_us), self._step)

    @property
    def _in_hands(self) -> bool:
        return self._queue.now_us < self._ends_us

    def _shock_mg(self) -> float:
        now_us = self._queue.now_us
        if self._in_hands:
            since_s = (now_us - self._begins_us) / 1_000_000
            return HANDS_MG * math.cos(math.tau * HANDS_HZ * since_s)
        if knock := self._knock():
            return _peak_mg(knock) * math.cos(math.tau * SHOCK_HZ * (now_us - knock.begins_us) / 1_000_000)
        vehicle = self._vehicle()
        if vehicle is None:
            return 0.0
        second_us = max(vehicle.begins_us, vehicle.ends_us - round(AXLE_S * 1_000_000))
        rings = _ring((now_us - vehicle.begins_us) / 1_000_000) + _ring((now_us - second_us) / 1_000_000)
        return _peak_mg(vehicle) * rings

    def _knock(self) -> Occasion | None:
        now_us = self._queue.now_us
        return next((knock for knock in self._knocks if knock.begins_us <= now_us < knock.ends_us), None)

    def _vehicle(self) -> Occasion | None:
        return None if self.quiet else self._vehicles.at(self._queue.now_us)

    def _schedule(self) -> None:
        begins_us = self._vehicles.after(self._queue.now_us).begins_us
        self._next = self._queue.at(begins_us, self._vehicle_comes)

    def _vehicle_comes(self) -> None:
        self._schedule()
        if not self.quiet:
            self._tell()

    def _tell(self) -> None:
        for tell in self._on_motion:
            tell()


def _peak_mg(shock: Occasion) -> float:
    lowest, highest = SHOCK_MG
    return lowest + (highest - lowest) * shock.size


def _ring(since_s: float) -> float:
    """An impact so long ago, as a share of its peak; nothing before it."""
    if since_s < 0:
        return 0.0
    return math.exp(-since_s / RING_S) * math.cos(math.tau * SHOCK_HZ * since_s)
