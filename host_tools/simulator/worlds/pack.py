"""LiFePO4 cells 32700 of 6 Ah on a solar panel: charged by the sun, discharged by the board.

They feed chip and modem directly, so the charger ends below a BC26's 3.63 V.  Makers' data sheets of the
32700 (6 Ah, 3.2 V) and its kind agree on the limits: no charging below 0 degrees C, at most 0.2 C when it is
cold, empty at 2.0 to 2.5 V.  Voltage by charge is as published for such cells at rest; what else is from no
data sheet is marked assumed.

The sun's light is taken as constant for `STEP_US`, in its middle, so that what flows does not depend on
who looks when, and nothing has to tick.
"""

from collections.abc import Callable
from typing import Protocol

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.battery import between
from host_tools.simulator.worlds.sun import Sun

CELL_MAH = 6000.0
# Millivolts at rest by share of the charge.
BY_SHARE = (
    *((0.0, 2500.0), (0.1, 3000.0), (0.2, 3200.0), (0.3, 3220.0), (0.4, 3250.0), (0.5, 3260.0)),
    *((0.6, 3270.0), (0.7, 3300.0), (0.8, 3320.0), (0.9, 3350.0), (1.0, 3400.0)),
)
LOW_SHARE = 0.1  # where a node's limit of 3.0 V is
NOMINAL_MV = 3_300  # at which the charger's power is counted as current
CHARGED_MV = 3_550  # where the charger holds it; 2 % of tolerance are below 3.63 V
RESISTANCE_OHM = 0.06  # of the cell, its protection and its leads at 20 degrees C; assumed
COLD_STEP_C = 20.0  # it doubles so often; assumed
CHARGES_ABOVE_C = 0.0
# Of its charge each month at 20 degrees C, what is usual; twice that for each 10 degrees more, assumed.
SELF_DISCHARGE = 0.03
MONTH_S = 365.25 * 86_400 / 12
# Of its rated power at 1000 W/m2: dirt, mismatch, wear and wires are PVWatts' 14 %; heat is not counted.
PANEL_LEAVES = 0.86
CHARGER_LEAVES = 0.85  # assumed
CUT_OFF_MV = 2_500  # the board's supervisor takes its supply away; assumed
RESTART_MV = 2_900  # and gives it back: low as yet, so that the node begins to save at once; assumed
STEP_US = 600_000_000


class Panel(Protocol):
    """What a board file says of it."""

    panel_w: float
    tilt_deg: float
    azimuth_deg: float


class Pack:
    """`charge_mah` is what is in it: its first value + `charged_mah` - `drawn_mah` - `lost_mah`.

    `offered_mah` is what the charger could have put in: more than it took, when it was full.
    """

    def __init__(
        self,
        queue: EventQueue,
        temperature_at: Callable[[int], float],
        sun: Sun,
        panel: Panel,
        cells: int = 1,
    ):
        """temperature_at: degrees C at a time of the queue.  cells: in parallel."""
        self._queue = queue
        self._temperature_at = temperature_at
        self._sun = sun
        self._panel = panel
        self._cells = cells
        self.capacity_mah = self._charge_mah = CELL_MAH * cells
        self.charged_mah = self.drawn_mah = self.lost_mah = self.offered_mah = 0.0
        self.load_ma = 0.0
        self.observers: list[Callable[[], None]] = []  # called when the load, and so the voltage, has changed
        self._since_us = queue.now_us
        self._step = -1  # the one whose light is known
        self._light_w_m2 = 0.0
        sun.observers.append(self._light_changes)

    @property
    def charge_mah(self) -> float:
        self._catch_up()
        return self._charge_mah

    @charge_mah.setter
    def charge_mah(self, charge_mah: float) -> None:
        self._catch_up()
        self._charge_mah = charge_mah

    @property
    def voltage_mv(self) -> float:
        """At its terminals, under the present load and sun."""
        now_us = self._queue.now_us
        into_ma = self._sun_ma(now_us) - self.load_ma
        cold = 2 ** ((20.0 - self._temperature_at(now_us)) / COLD_STEP_C)
        ohm = RESISTANCE_OHM / self._cells * cold
        return min(max(0.0, self.rest_mv + into_ma * ohm), CHARGED_MV)

    @property
    def rest_mv(self) -> float:
        """Without load or sun."""
        return between(BY_SHARE, self.share)

    @property
    def share(self) -> float:
        """Of its capacity."""
        return self.charge_mah / self.capacity_mah

    def take(self, load_ma: float) -> None:
        """The board takes so much from now on; what has flowed since the last call is accounted for."""
        self._catch_up()
        self.load_ma = load_ma
        for tell in self.observers:
            tell()

    def _catch_up(self) -> None:
        while self._since_us < self._queue.now_us:
            until_us = min(self._queue.now_us, (self._since_us // STEP_US + 1) * STEP_US)
            self._flow((until_us - self._since_us) / 3.6e9)
            self._since_us = until_us

    def _flow(self, hours: float) -> None:
        """For so long, a step of the sun's at most."""
        sun_ma = self._sun_ma(self._since_us)
        leak = self_discharge(self._temperature_at(self._since_us))
        lost_mah = self._charge_mah * leak * hours * 3600
        drawn_mah = min(self.load_ma * hours, self._charge_mah - lost_mah + sun_ma * hours)
        room_mah = self.capacity_mah - self._charge_mah + lost_mah + drawn_mah
        charged_mah = min(sun_ma * hours, room_mah)
        self._charge_mah += charged_mah - drawn_mah - lost_mah
        self.charged_mah += charged_mah
        self.drawn_mah += drawn_mah
        self.lost_mah += lost_mah
        self.offered_mah += sun_ma * hours

    def _sun_ma(self, time_us: int) -> float:
        """Of the charger, into the cell and the board."""
        if self._temperature_at(time_us) < CHARGES_ABOVE_C:
            return 0.0
        step = time_us // STEP_US
        if step != self._step:
            middle_us = step * STEP_US + STEP_US // 2
            panel = self._panel
            self._step = step
            self._light_w_m2 = self._sun.on_panel_w_m2(middle_us, panel.tilt_deg, panel.azimuth_deg)
        return charger_ma(self._panel.panel_w, self._light_w_m2)

    def _light_changes(self) -> None:
        self._catch_up()
        self._step = -1


def charger_ma(panel_w: float, light_w_m2: float) -> float:
    return panel_w * light_w_m2 * PANEL_LEAVES * CHARGER_LEAVES * 1000 / NOMINAL_MV


def self_discharge(temperature_c: float) -> float:
    """Share of the charge that is lost each second."""
    return SELF_DISCHARGE / MONTH_S * 2 ** ((temperature_c - 20.0) / 10.0)
