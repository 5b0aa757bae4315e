"""The supervisor of the board's mains supply, high while there is mains, and the capacitor behind it."""

import random

from host_tools.simulator.buses import InputPin, Part
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

NOTICE_US = (2_000, 12_000)  # until the supervisor has seen that a half-wave is missing


class MainsMonitor(Part):
    """Shows the world's mains.  `hold_up_s`: how long the capacitor feeds the board without it."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, hold_up_s: float = 10.0):
        self.hold_up_s = hold_up_s
        self._queue = queue
        self._world = world
        self._rng = rng
        self._pin: InputPin | None = None
        world.on_mains(self._notice)

    def connect(self, name: str, pin: InputPin) -> None:
        self._pin = pin
        self._show()

    def _notice(self) -> None:
        self._queue.after(self._rng.randint(*NOTICE_US), self._show)

    def _show(self) -> None:
        if self._pin:
            self._pin.level(int(self._world.mains_on))
