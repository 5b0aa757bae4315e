"""The contacts of a manhole: both are open at rest and close to the supply; their pins are pulled down."""

import random

from host_tools.simulator.devices.contact import Contact
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

OPEN_DEG = 5.0  # the cover has left the magnet's reach
FLOAT_MM = 300.0  # level at which the float has turned over
LOOK_US = 60_000_000  # water rises slowly


class CoverContact(Contact):
    """A reed contact that a magnet in the cover holds open while the cover lies in its frame."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random):
        self._cover = world.cover
        super().__init__(queue, rng)
        self._cover.on_motion(self.follow)

    def is_active(self) -> bool:
        return self._cover.angle_deg >= OPEN_DEG


class FloatSwitch(Contact):
    """A float that closes its contact when the water has lifted it."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random):
        self._water = world.water
        super().__init__(queue, rng)
        queue.after(LOOK_US, self._look)

    def is_active(self) -> bool:
        return self._water.level_mm >= FLOAT_MM

    def _look(self) -> None:
        self.follow()
        self._queue.after(LOOK_US, self._look)
