"""The street around one board: weather, traffic noise, the mains, the lamp on a pole, and what else is there.

What nobody on the board controls is a pure function of virtual time and of the seed, so it does not
matter how often, or in which order, the parts look.  Levels and periods are plausible for a
subtropical city; they come from no measurement.
"""

import math
import random
from collections.abc import Callable
from functools import cached_property

from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.worlds.air import Air
from host_tools.simulator.worlds.battery import Battery
from host_tools.simulator.worlds.cabinet import Cabinet
from host_tools.simulator.worlds.clouds import Clouds
from host_tools.simulator.worlds.cover import Cover
from host_tools.simulator.worlds.fobs import Fobs
from host_tools.simulator.worlds.gas import Gas
from host_tools.simulator.worlds.pack import Pack, Panel
from host_tools.simulator.worlds.rain import Rain
from host_tools.simulator.worlds.stream import Stream
from host_tools.simulator.worlds.sun import Sun
from host_tools.simulator.worlds.vehicles import Vehicles
from host_tools.simulator.worlds.wander import Wander
from host_tools.simulator.worlds.water import Water

DAY_S = 86_400
PEAK_OF_YEAR = 0.57  # of a year, from the first of January
UTC_OFFSET_S = 8 * 3600  # the pole stands in China

LAMP_FULL_MW = 120_000  # an LED street lamp, as measured at its mains side
LAMP_LOWEST_MW = 4_000  # what its driver takes beyond the share of light, once it is lit
LAMP_STANDBY_MW = 500
LAMP_REACTIVE_VA = 7.0  # the input filter's capacitors, at any level
LAMP_HARMONICS_FACTOR = 0.97  # distortion part of the power factor


class World:
    """What the parts of one board can feel.  `start_unix` is the time of day at the queue's zero."""

    def __init__(
        self,
        queue: EventQueue,
        rng: random.Random,
        start_unix: int,
        panel: Panel | None = None,
        cells: int = 1,
    ):
        """panel: of a board whose battery the sun charges; cells: in parallel."""
        self._queue = queue
        self._panel, self._cells = panel, cells
        self._start_unix = start_unix
        self._warmth = Wander(rng, 2.0, 7200, 5 * DAY_S)
        self._moisture = Wander(rng, 6.0, 3600, 4 * DAY_S)
        self._traffic = Wander(rng, 6.0, 7, 900)
        self._voltage_drift = Wander(rng, 4.0, 60, 6 * 3600)
        self._frequency_drift = Wander(rng, 0.04, 20, 1200)
        self._lamp_level = 0.0
        self._lamp_changed_us = queue.now_us
        self._energy_nj = 0  # until the last change; milliwatts times microseconds, so it stays exact
        self._seed = rng.getrandbits(64)
        self.mean_c = 24.0  # of the air, over the year
        self.season_c = 0.0  # by how much midsummer is warmer; 6.5 at 22.5 degrees north, 18 where it freezes
        self.mains_on = True
        self.mains_offset_v = 0.0  # as from a wrong tap of the transformer
        self._mains_returns: Event | None = None
        self._on_mains: list[Callable[[], None]] = []

    # Places that only some products have, each with random numbers of its own.

    @cached_property
    def air(self) -> Air:
        return Air(self._rng("air"), lambda: self.unix_time + UTC_OFFSET_S)

    @cached_property
    def cabinet(self) -> Cabinet:
        return Cabinet(self._queue, self._rng("cabinet"))

    @cached_property
    def cover(self) -> Cover:
        return Cover(self._queue, self._rng("cover"))

    @cached_property
    def rain(self) -> Rain:
        return Rain(self._queue, self._rng("rain"))

    @cached_property
    def fobs(self) -> Fobs:
        return Fobs(self._queue, self._rng("fobs"), lambda: self.unix_time)

    @cached_property
    def gas(self) -> Gas:
        return Gas(self._queue, self._rng("gas"))

    @cached_property
    def water(self) -> Water:
        return Water(self._queue, self.rain)

    @cached_property
    def stream(self) -> Stream:
        rng, air_c = self._rng("stream"), lambda: self.temperature_c
        return Stream(self._queue, self.water, rng, lambda: self.unix_time, air_c)

    @cached_property
    def vehicles(self) -> Vehicles:
        return Vehicles(self._rng("vehicles"))

    @cached_property
    def sun(self) -> Sun:
        return Sun(Clouds(self._rng("clouds")), self.rain, self._start_unix)

    @cached_property
    def battery(self) -> Battery | Pack:
        if self._panel:
            return Pack(self._queue, self.temperature_at, self.sun, self._panel, self._cells)
        return Battery(self._queue, lambda: self.temperature_c)

    def _rng(self, place: str) -> random.Random:
        return random.Random(f"{self._seed}/{place}")

    @property
    def unix_time(self) -> float:
        return self._start_unix + self._queue.now_us / 1_000_000

    @property
    def temperature_c(self) -> float:
        """Air temperature; the day's peak is at 14:00, the year's at the end of July."""
        return self.temperature_at(self._queue.now_us)

    def temperature_at(self, time_us: int) -> float:
        unix_s = self._start_unix + time_us / 1_000_000
        season = math.cos(math.tau * (unix_s / (365.25 * DAY_S) - PEAK_OF_YEAR))
        weather = 4.5 * _daily(unix_s, peak_hour=14) + self._warmth.at(unix_s)
        return self.mean_c + self.season_c * season + weather

    @property
    def humidity_percent(self) -> float:
        """Relative humidity, highest at night, 0 to 100."""
        value = 74.0 + 14.0 * _daily(self.unix_time, peak_hour=4) + self._moisture.at(self.unix_time)
        return min(max(value, 0.0), 100.0)

    @property
    def noise_dba(self) -> float:
        """A-weighted level at the road: about 50 at night, 66 by day, and what passes by."""
        return 58.0 + 8.0 * _daily(self.unix_time, peak_hour=15) + self._traffic.at(self.unix_time)

    @property
    def mains_v(self) -> float:
        """Mains voltage, lowest in the evening when everyone is at home."""
        if not self.mains_on:
            return 0.0
        usual_v = 220.0 - 3.0 * _daily(self.unix_time, peak_hour=20) + self._voltage_drift.at(self.unix_time)
        return usual_v + self.mains_offset_v

    @property
    def mains_hz(self) -> float:
        return 50.0 + self._frequency_drift.at(self.unix_time)

    @property
    def lamp_level(self) -> float:
        """Light of the lamp, from 0.0 (off) to 1.0."""
        return self._lamp_level

    @lamp_level.setter
    def lamp_level(self, level: float) -> None:
        if not 0.0 <= level <= 1.0:
            raise ValueError(f"lamp level {level} is not from 0 to 1")
        self._count_energy()
        self._lamp_level = level

    @property
    def lamp_power_mw(self) -> int:
        """Active power: constant between changes of the level, because LED drivers regulate the light."""
        if not self.mains_on:
            return 0
        if self._lamp_level == 0.0:
            return LAMP_STANDBY_MW
        return LAMP_LOWEST_MW + round((LAMP_FULL_MW - LAMP_LOWEST_MW) * self._lamp_level)

    @property
    def energy_nj(self) -> int:
        """Energy the lamp has taken since the queue's zero, exact over all changes of its level."""
        return self._energy_nj + self.lamp_power_mw * (self._queue.now_us - self._lamp_changed_us)

    @property
    def power_factor(self) -> float:
        """Good at full light, poor when dimmed: the filter's reactive power stays."""
        active_w = self.lamp_power_mw / 1000
        return LAMP_HARMONICS_FACTOR * active_w / math.hypot(active_w, LAMP_REACTIVE_VA)

    @property
    def current_a(self) -> float:
        if not self.mains_on:
            return 0.0
        return self.lamp_power_mw / 1000 / (self.mains_v * self.power_factor)

    def fail_mains(self, outage_us: int) -> None:
        """The mains goes now, and comes back after so long."""
        if self._mains_returns:
            self._mains_returns.cancel()
        self._mains_returns = self._queue.after(outage_us, lambda: self._switch_mains(True))
        self._switch_mains(False)

    def on_mains(self, tell: Callable[[], None]) -> None:
        """`tell` is called when the mains has gone, and when it is back."""
        self._on_mains.append(tell)

    @property
    def mains_returns_us(self) -> int:
        """When the outage ends, or the last one ended."""
        return self._mains_returns.when_us

    def _switch_mains(self, on: bool) -> None:
        self._count_energy()
        self.mains_on = on
        for tell in self._on_mains:
            tell()

    def _count_energy(self) -> None:
        """Before anything changes what the lamp takes."""
        self._energy_nj = self.energy_nj
        self._lamp_changed_us = self._queue.now_us


def _daily(unix_s: float, peak_hour: float) -> float:
    """A wave of one local day, 1.0 at `peak_hour` and -1.0 half a day from it."""
    local_s = (unix_s + UTC_OFFSET_S) % DAY_S
    return math.cos(math.tau * (local_s / DAY_S - peak_hour / 24))
