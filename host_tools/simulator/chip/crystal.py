"""Time as the chip counts it: its crystal is off by some parts per million.

What the chip measures (ticks, sleeps, timers, watchdog, real-time clock) asks this instead of the board's
event queue, in the chip's own microseconds since power-on.  An RC oscillator of its own for deep sleep,
which real chips calibrate against the crystal, is not modelled.
"""

from collections.abc import Callable

from host_tools.simulator.kernel import Event, EventQueue

BILLION = 1_000_000_000


class Crystal:
    """An EventQueue to those who ask; `ppm` is positive where the chip's seconds are too short."""

    def __init__(self, queue: EventQueue, ppm: float = 0.0):
        self._queue = queue
        self._ppb = round(ppm * 1000)

    @property
    def now_us(self) -> int:
        return self._counted(self._queue.now_us)

    def true_us(self, counted_us: int) -> int:
        """The first moment of the queue's time at which the chip has counted so far."""
        true_us = counted_us * BILLION // (BILLION + self._ppb)
        while self._counted(true_us) < counted_us:
            true_us += 1
        return true_us

    def at(self, counted_us: int, action: Callable[[], None]) -> Event:
        return self._queue.at(self.true_us(counted_us), action)

    def after(self, delay_us: int, action: Callable[[], None]) -> Event:
        return self.at(self.now_us + delay_us, action)

    def run_until(self, deadline_us: int | None, done: Callable[[], bool] = lambda: False) -> None:
        self._queue.run_until(None if deadline_us is None else self.true_us(deadline_us), done)

    def _counted(self, true_us: int) -> int:
        return true_us + true_us * self._ppb // BILLION
