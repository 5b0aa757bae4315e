"""The door switch of a cabinet: a contact to ground, closed while the door is; its pin is pulled up."""

import random

from host_tools.simulator.buses import InputPin, Part
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

BOUNCE_US = (200, 8_000)
BOUNCES = 4


class DoorContact(Part):
    """Shows the world's door.  `cut` is a fault: the cable is cut, so the door seems open."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random):
        self._queue = queue
        self._cabinet = world.cabinet
        self._rng = rng
        self._level = int(world.cabinet.door_open)
        self._cut = False
        self._pin: InputPin | None = None
        self._cabinet.on_door(self._follow)

    def connect(self, name: str, pin: InputPin) -> None:
        self._pin = pin
        pin.level(self._level)

    @property
    def cut(self) -> bool:
        return self._cut

    @cut.setter
    def cut(self, cut: bool) -> None:
        self._cut = cut
        self._follow()

    def _follow(self) -> None:
        level = int(self._cut or self._cabinet.door_open)
        if level == self._level:
            return
        self._level = level
        after_us = 0
        for _ in range(self._rng.randint(0, BOUNCES)):
            after_us += self._rng.randint(*BOUNCE_US)
            self._show(level, after_us)
            after_us += self._rng.randint(*BOUNCE_US)
            self._show(1 - level, after_us)
        self._show(level, after_us + self._rng.randint(*BOUNCE_US))

    def _show(self, level: int, delay_us: int) -> None:
        if self._pin:
            self._queue.after(delay_us, lambda: self._pin.level(level))
