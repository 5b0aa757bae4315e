"""A street-lighting cabinet: three phases, the lamps behind the contactor, and the door.

Loads and voltages are plausible; they come from no measurement.
"""

import random
from collections.abc import Callable

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.occasions import Occasions
from host_tools.simulator.worlds.wander import Wander

PHASES = 3
LAMPS_PER_PHASE = (18, 24)
LAMP_MW = 120_000
CONTROL_MW = 3_000  # what the cabinet itself takes, from the first phase
POWER_FACTOR = 0.95
VISIT_GAP_S = 20 * 86_400
VISIT_S = (300, 5_400)


class Cabinet:
    """`lit`: whether the contactor's main contacts are closed; `door_open`: whether somebody is at it."""

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._voltages = [Wander(rng, 5.0, 60, 6 * 3600) for _ in range(PHASES)]
        self._lamps = [rng.randint(*LAMPS_PER_PHASE) for _ in range(PHASES)]
        self._visits = Occasions(rng, VISIT_GAP_S, *VISIT_S)
        self.voltage_offset_v = 0.0  # of all phases, as from a wrong tap of the transformer
        self._lit = False
        self._lit_changed_us = queue.now_us
        self._energy_nj = 0  # until the last change; exact, as the lamp's on a pole
        self._forced_door: bool | None = None
        self._on_door: list[Callable[[], None]] = []

    # --- the supply

    def voltage_v(self, phase: int) -> float:
        return 222.0 + self.voltage_offset_v + self._voltages[phase].at(self._queue.now_us / 1_000_000)

    def power_mw(self, phase: int) -> int:
        """Active power, which LED drivers hold whatever the voltage is."""
        lamps_mw = self._lamps[phase] * LAMP_MW if self._lit else 0
        return lamps_mw + (CONTROL_MW if phase == 0 else 0)

    def current_a(self, phase: int) -> float:
        return self.power_mw(phase) / 1000 / (self.voltage_v(phase) * POWER_FACTOR)

    @property
    def total_mw(self) -> int:
        return sum(self.power_mw(phase) for phase in range(PHASES))

    @property
    def energy_nj(self) -> int:
        """Taken since the queue's zero, exact over all switching."""
        return self._energy_nj + self.total_mw * (self._queue.now_us - self._lit_changed_us)

    @property
    def lit(self) -> bool:
        return self._lit

    @lit.setter
    def lit(self, lit: bool) -> None:
        self._energy_nj = self.energy_nj
        self._lit_changed_us = self._queue.now_us
        self._lit = lit

    # --- the door

    @property
    def door_open(self) -> bool:
        if self._forced_door is not None:
            return self._forced_door
        return self._visits.at(self._queue.now_us) is not None

    def force_door(self, is_open: bool | None) -> None:
        """Somebody opens or closes the door now; None: visits go on as they were."""
        self._forced_door = is_open
        self._tell()

    def on_door(self, tell: Callable[[], None]) -> None:
        """`tell` is called whenever the door may have moved."""
        if not self._on_door:
            self._schedule()
        self._on_door.append(tell)

    def _schedule(self) -> None:
        visit = self._visits.at(self._queue.now_us)
        moves_us = visit.ends_us if visit else self._visits.after(self._queue.now_us).begins_us
        self._queue.at(moves_us, self._door_moves)

    def _door_moves(self) -> None:
        self._schedule()
        self._tell()

    def _tell(self) -> None:
        for tell in self._on_door:
            tell()
