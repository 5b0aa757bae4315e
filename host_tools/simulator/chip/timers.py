"""The chip's timers, and the port's software timers (id -1), as `machine.Timer` starts them."""

import errno
from collections.abc import Callable

from host_tools.simulator.chip.crystal import Crystal
from host_tools.simulator.chip.interrupts import Interrupts
from host_tools.simulator.kernel import Event

HARDWARE_TIMERS = {"esp32": 4, "esp32s3": 4, "esp32c3": 2}  # SOC_TIMER_GROUP_TOTAL_TIMERS of ESP-IDF
FIRST_SOURCE = 64  # of a hardware timer; below are the pins
FIRST_SOFTWARE_SOURCE = 128


class Timers:
    """Running timers by their interrupt source."""

    def __init__(self, crystal: Crystal, interrupts: Interrupts, chip_name: str):
        self._crystal = crystal
        self._interrupts = interrupts
        self._hardware = range(FIRST_SOURCE, FIRST_SOURCE + HARDWARE_TIMERS[chip_name])
        self._running: dict[int, Event] = {}
        self._periods: dict[int, tuple[int, bool]] = {}  # us, and whether it repeats
        self._started_us: dict[int, int] = {}  # when the period that runs began
        self._standing: list[tuple[int, int]] = []  # in light sleep: (source, us of its period that are over)

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "TIMER_CHECK": self._check,
            "TIMER_ONE_SHOT": lambda source, high, low: self._start(source, (high << 30) + low, False),
            "TIMER_PERIODIC": lambda source, high, low: self._start(source, (high << 30) + low, True),
            "TIMER_STOP": self._stop,
            "TIMER_VALUE": self._value,
        }

    def reset(self) -> None:
        for event in self._running.values():
            event.cancel()
        self._running.clear()
        self._standing.clear()

    def _check(self, source: int, _b: int, _c: int) -> int:
        """How many hardware timers there are; ENODEV for a timer that is none of them."""
        if source < FIRST_SOFTWARE_SOURCE and source not in self._hardware:
            raise OSError(errno.ENODEV)
        return len(self._hardware)

    def sleep(self) -> None:
        """Light sleep stops the hardware timers."""
        now_us = self._crystal.now_us
        for source in self._hardware:
            if event := self._running.get(source):
                self._standing.append((source, now_us - self._started_us[source]))
                event.cancel()

    def wake(self) -> None:
        for source, counted_us in self._standing:
            self._begin(source, self._crystal.now_us - counted_us)
        self._standing.clear()

    def _start(self, source: int, period_us: int, repeat: bool) -> None:
        self._stop(source)
        self._periods[source] = (period_us, repeat)
        self._begin(source, self._crystal.now_us)

    def _begin(self, source: int, start_us: int) -> None:
        """A period of the timer begins, or has begun, at `start_us`."""
        period_us, repeat = self._periods[source]

        def expire() -> None:
            del self._running[source]
            if repeat:  # from when it was due, so that it does not drift
                self._begin(source, start_us + period_us)
            self._interrupts.fire(source)

        self._started_us[source] = start_us
        self._running[source] = self._crystal.at(start_us + period_us, expire)

    def _value(self, source: int, _b: int, _c: int) -> int:
        """Milliseconds of the period that runs; of a timer that does not, 0."""
        if source not in self._running:
            return 0
        return (self._crystal.now_us - self._started_us[source]) // 1000

    def _stop(self, source: int, *_: int) -> None:
        if event := self._running.pop(source, None):
            event.cancel()
        self._interrupts.forget(source)
