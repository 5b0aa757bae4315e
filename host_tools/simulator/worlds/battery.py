"""An ER34615: a D-size Li-SOCl2 bobbin cell, flat at 3.6 V for years, then quickly empty.

It is discharged by what the board takes.  Capacity by mean current is Linden's (Handbook of Batteries, a D
cell at 25 degrees C); plateau voltage, cut-off and passivation are as Maxell, EEMB and VARTA describe them,
and every figure that they do not give is marked assumed.

Passivation: at rest a film of LiCl grows on the lithium.  It adds to the internal resistance when a load
comes, and a load breaks it down again.
"""

import math
from collections.abc import Callable
from itertools import pairwise

from host_tools.simulator.kernel import EventQueue

OPEN_MV = 3_660
FLAT_MV = 3_600  # at the plateau's end, without load
CUT_OFF_MV = 2_000
KNEE = 0.95  # of the capacity: the plateau's end
Points = tuple[tuple[float, float], ...]
BY_DRAIN_MAH: Points = (
    *((0.2, 17_000.0), (1.0, 18_400.0), (2.0, 18_800.0)),
    *((4.0, 19_000.0), (20.0, 13_500.0), (35.0, 7_000.0)),
)
# Share of the capacity that is there at degrees C; assumed, after the makers' discharge curves.
BY_COLD: Points = ((-40.0, 0.45), (-20.0, 0.7), (0.0, 0.88), (20.0, 1.0), (60.0, 0.95))
# Of the capacity each year at 20 degrees C, as the makers say; twice that for each 10 degrees more, assumed.
SELF_DISCHARGE = 0.01
RESISTANCE_OHM = 4.0  # fresh, at 20 degrees C; assumed
COLD_STEP_C = 30.0  # it doubles so often; assumed
FILM_OHM = 12.0  # of the full film at 20 degrees C; assumed
FILM_GROWS_S = 30 * 86_400.0  # to two thirds of it; assumed
BUFFER_OHM = 1.0  # of a hybrid layer capacitor, cold; assumed
FILM_BREAKS_MAS = 400.0  # charge that takes two thirds of it away; assumed
LEAST_LOAD_MA = 5.0  # below, nothing is broken down


class Battery:
    """`used_mah` is what was taken in all, self-discharge too; `film` 0.0 to 1.0 is how passivated it is.

    `capacity_mah` is at the mean current and temperature of its use.  `buffer_ohm` is what the board's pulse
    capacitor (an HLC) makes of the cell's resistance for pulses of a radio; None: it has no such capacitor.
    """

    def __init__(self, queue: EventQueue, temperature_c: Callable[[], float]):
        self._queue = queue
        self._temperature_c = temperature_c
        self.used_mah = 0.0
        self.film = 0.0
        self.buffer_ohm: float | None = None
        self.load_ma = 0.0
        self.observers: list[Callable[[], None]] = []  # called when the load, and so the voltage, has changed
        self._since_us = queue.now_us
        self._passed_s = 0.0
        self._drawn_mah = 0.0

    @property
    def voltage_mv(self) -> float:
        """At its terminals, under the present load."""
        return max(0.0, self.rest_mv - self.load_ma * self.resistance_ohm)

    @property
    def rest_mv(self) -> float:
        """Without load."""
        share = min(self.used_mah / self.capacity_mah, 1.0)
        if share < KNEE:
            return OPEN_MV - (OPEN_MV - FLAT_MV) * share / KNEE
        return FLAT_MV - (FLAT_MV - CUT_OFF_MV) * (share - KNEE) / (1 - KNEE)

    @property
    def resistance_ohm(self) -> float:
        """For the present load, the film included."""
        cold = 2 ** ((20.0 - self._temperature_c()) / COLD_STEP_C)
        whole = (RESISTANCE_OHM + FILM_OHM * self.film) * cold
        return whole if self.buffer_ohm is None else min(whole, self.buffer_ohm)

    @property
    def capacity_mah(self) -> float:
        mean_ma = self._drawn_mah * 3600 / self._passed_s if self._passed_s else 0.0
        return usable_mah(mean_ma, self._temperature_c())

    def take(self, load_ma: float) -> None:
        """The board takes so much from now on; what it took since the last call is gone."""
        passed_s = (self._queue.now_us - self._since_us) / 1e6
        self._since_us = self._queue.now_us
        self._passed_s += passed_s
        self._drawn_mah += self.load_ma * passed_s / 3600
        warm = 2 ** ((self._temperature_c() - 20.0) / 10.0)
        lost_mah = BY_DRAIN_MAH[2][1] * SELF_DISCHARGE * warm * passed_s / (365.25 * 86_400)
        self.used_mah += self.load_ma * passed_s / 3600 + lost_mah
        if self.load_ma < LEAST_LOAD_MA:
            self.film = 1.0 - (1.0 - self.film) * math.exp(-passed_s / FILM_GROWS_S)
        else:
            self.film *= math.exp(-self.load_ma * passed_s / FILM_BREAKS_MAS)
        self.load_ma = load_ma
        for tell in self.observers:
            tell()


def usable_mah(mean_ma: float, temperature_c: float) -> float:
    """What a cell gives down to the cut-off, at a mean current and a temperature."""
    return between(BY_DRAIN_MAH, mean_ma) * between(BY_COLD, temperature_c)


def between(points: Points, x: float) -> float:
    """On straight lines between the points; level beyond them."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]
