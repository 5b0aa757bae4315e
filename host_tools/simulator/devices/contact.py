"""A mechanical contact on an input pin: it bounces when it moves."""

import random

from host_tools.simulator.buses import InputPin, Part
from host_tools.simulator.kernel import EventQueue

BOUNCE_US = (200, 8_000)
BOUNCES = 4


class Contact(Part):
    """Its pin is high while `is_active`; `follow` is to be called when that may have changed.

    `cut` is a fault: the cable is, or the contact welded, so that it seems active for ever.
    """

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._rng = rng
        self._cut = False
        self._level = int(self.is_active())
        self._pin: InputPin | None = None

    def is_active(self) -> bool:
        """As the world has it."""
        raise NotImplementedError

    def connect(self, name: str, pin: InputPin) -> None:
        self._pin = pin
        pin.level(self._level)

    @property
    def cut(self) -> bool:
        return self._cut

    @cut.setter
    def cut(self, cut: bool) -> None:
        self._cut = cut
        self.follow()

    def follow(self) -> None:
        level = int(self._cut or self.is_active())
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
