"""The chip's real-time clock: it runs through every reset, and begins anew with the power."""

from collections.abc import Callable

from host_tools.simulator.chip.crystal import Crystal

POWER_UP_UNIX_US = 946_684_800_000_000  # an ESP32's clock starts at 2000-01-01


class RealTimeClock:
    def __init__(self, crystal: Crystal):
        self._crystal = crystal
        self.power_up()

    def power_up(self) -> None:
        self._offset_us = POWER_UP_UNIX_US - self._crystal.now_us

    def unix_ms(self) -> float:
        return (self._offset_us + self._crystal.now_us) / 1000

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"SET_CLOCK": self._set}

    def _set(self, high: int, low: int, _c: int) -> None:
        """The Unix time in seconds, as two 30-bit halves."""
        self._offset_us = ((high << 30) + low) * 1_000_000 - self._crystal.now_us
