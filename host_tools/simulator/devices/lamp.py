"""An LED street lamp whose driver has a 0-10 V dimming input and dims to off.

The board's PWM reaches the input filtered: its duty is the input's share of 10 V.
"""

import random

from host_tools.simulator.buses import PinDevice
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

FULL_V = 10.0
LOWEST_V = 1.0  # the lamp's minimum; below it the light stays there


class Lamp(PinDevice):
    """Sets the world's lamp level.  Below `off_v` the driver switches to standby; 0 if it never does."""

    def __init__(self, _queue: EventQueue, world: World, _rng: random.Random, off_v: float = 0.5):
        self._world = world
        self._off_v = off_v
        self._input_v = 0.0
        self._has_failed = False
        self._follow()

    def pwm(self, name: str, duty: float, frequency_hz: int) -> None:
        self._input_v = duty * FULL_V
        self._follow()

    def pin(self, name: str, level: int) -> None:
        """The pin drives the input steadily instead of by PWM."""
        self._input_v = level * FULL_V
        self._follow()

    def fail(self) -> None:
        """The light goes out for good, whatever the input; the driver keeps taking its standby power."""
        self._has_failed = True
        self._follow()

    def _follow(self) -> None:
        is_off = self._has_failed or self._input_v < self._off_v
        self._world.lamp_level = 0.0 if is_off else max(self._input_v, LOWEST_V) / FULL_V
