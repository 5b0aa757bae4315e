"""The chip's timers, and the port's software timers (id -1), as `machine.Timer` starts them."""

import errno
from collections.abc import Callable

from host_tools.simulator.chip.interrupts import Interrupts
from host_tools.simulator.kernel import Event, EventQueue

HARDWARE_TIMERS = {"esp32": 4, "esp32s3": 4, "esp32c3": 2}  # SOC_TIMER_GROUP_TOTAL_TIMERS of ESP-IDF
FIRST_SOURCE = 64  # of a hardware timer; below are the pins
FIRST_SOFTWARE_SOURCE = 128


class Timers:
    """Running timers by their interrupt source."""

    def __init__(self, queue: EventQueue, interrupts: Interrupts, chip_name: str):
        self._queue = queue
        self._interrupts = interrupts
        self._hardware = range(FIRST_SOURCE, FIRST_SOURCE + HARDWARE_TIMERS[chip_name])
        self._running: dict[int, Event] = {}

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "TIMER_CHECK": self._check,
            "TIMER_ONE_SHOT": lambda source, high, low: self._start(source, (high << 30) + low, False),
            "TIMER_PERIODIC": lambda source, high, low: self._start(source, (high << 30) + low, True),
            "TIMER_STOP": self._stop,
        }

    def reset(self) -> None:
        for event in self._running.values():
            event.cancel()
        self._running.clear()

    def _check(self, source: int, _b: int, _c: int) -> int:
        """How many hardware timers there are; ENODEV for a timer that is none of them."""
        if source < FIRST_SOFTWARE_SOURCE and source not in self._hardware:
            raise OSError(errno.ENODEV)
        return len(self._hardware)

    def _start(self, source: int, period_us: int, repeat: bool) -> None:
        self._stop(source)
        due_us = self._queue.now_us + period_us

        def expire() -> None:
            nonlocal due_us
            del self._running[source]
            if repeat:  # from when it was due, so that it does not drift
                due_us += period_us
                self._running[source] = self._queue.at(due_us, expire)
            self._interrupts.fire(source)

        self._running[source] = self._queue.at(due_us, expire)

    def _stop(self, source: int, *_: int) -> None:
        if event := self._running.pop(source, None):
            event.cancel()
        self._interrupts.forget(source)
