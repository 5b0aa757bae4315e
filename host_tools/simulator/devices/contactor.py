"""A contactor that switches the lamps of the cabinet, with an auxiliary contact to ground.

The contact bounces when it moves; its pin is pulled up.  The main contacts move with it.
"""

import random

from host_tools.simulator.buses import InputPin, PinDevice
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.world import World

PULL_IN_US = (15_000, 40_000)
DROP_OUT_US = (8_000, 25_000)
BOUNCE_US = (100, 3_000)
BOUNCES = 3
FLICKER_US = (30_000, 400_000)


class Contactor(PinDevice):
    """Faults: `welded` (stays closed), `coil_open` (never pulls in), `flickers` (lets go for moments)."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random):
        self._queue = queue
        self._cabinet = world.cabinet
        self._rng = rng
        self._coil = 0
        self._feedback: InputPin | None = None
        self._moving: Event | None = None
        self._is_closed = False
        self._welded = self._coil_open = self._flickers = False

    def connect(self, name: str, pin: InputPin) -> None:
        self._feedback = pin
        self._show(self._is_closed)

    def pin(self, name: str, level: int) -> None:
        self._coil = level
        self._move()

    def power(self, on: bool) -> None:
        if not on:
            self.pin("coil", 0)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    @property
    def welded(self) -> bool:
        return self._welded

    @welded.setter
    def welded(self, welded: bool) -> None:
        """It can only weld while it is closed."""
        self._welded = welded and (self._is_closed or self._welded)
        self._move()

    @property
    def coil_open(self) -> bool:
        return self._coil_open

    @coil_open.setter
    def coil_open(self, coil_open: bool) -> None:
        self._coil_open = coil_open
        self._move()

    @property
    def flickers(self) -> bool:
        return self._flickers

    @flickers.setter
    def flickers(self, flickers: bool) -> None:
        """A weak coil supply: the armature lets go and comes back, again and again."""
        self._flickers = flickers
        self._move()

    def _move(self) -> None:
        """The armature sets off for where the coil wants it."""
        closed = self._welded or bool(self._coil and not self._coil_open)
        if self._moving:
            self._moving.cancel()
            self._moving = None
        if closed != self._is_closed:
            delay_us = self._rng.randint(*(PULL_IN_US if closed else DROP_OUT_US))
            self._moving = self._queue.after(delay_us, lambda: self._arrive(closed))
        elif closed and self._flickers and not self._welded:
            self._moving = self._queue.after(self._rng.randint(*FLICKER_US), lambda: self._arrive(False))

    def _arrive(self, closed: bool) -> None:
        self._is_closed = closed
        self._cabinet.lit = closed
        bounce_us = 0
        for _ in range(self._rng.randint(0, BOUNCES)):
            self._show(closed, bounce_us)
            bounce_us += self._rng.randint(*BOUNCE_US)
            self._show(not closed, bounce_us)
            bounce_us += self._rng.randint(*BOUNCE_US)
        self._show(closed, bounce_us)
        self._moving = None
        self._move()

    def _show(self, closed: bool, delay_us: int = 0) -> None:
        if self._feedback:
            self._queue.after(delay_us, lambda: self._feedback.level(0 if closed else 1))
