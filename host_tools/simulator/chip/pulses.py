"""`machine.time_pulse_us`: how long a pin keeps a level."""

from collections.abc import Callable

from host_tools.simulator.chip.crystal import Crystal
from host_tools.simulator.chip.pins import Pins


class Pulses:
    """The program waits, so nothing but the world moves the pin meanwhile."""

    def __init__(self, crystal: Crystal, pins: Pins, wait: Callable[[int, Callable[[], bool]], bool]):
        """wait: blocks until a deadline of the chip's count or a condition."""
        self._crystal = crystal
        self._pins = pins
        self._wait = wait

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"PIN_PULSE": self._measure}

    def _measure(self, gpio: int, level: int, timeout_us: int) -> int:
        """The length (us) of the pulse; `timeout_us` plus 1 when it does not end, plus 2 when none begins."""
        if not self._wait_for(gpio, level, timeout_us):
            return timeout_us + 2
        start_us = self._crystal.now_us
        ended = self._wait_for(gpio, 1 - level, timeout_us)
        return self._crystal.now_us - start_us if ended else timeout_us + 1

    def _wait_for(self, gpio: int, level: int, timeout_us: int) -> bool:
        self._wait(self._crystal.now_us + timeout_us, lambda: self._pins.read(gpio) == level)
        return self._pins.read(gpio) == level
