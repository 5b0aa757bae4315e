"""The CPU's clock, as `machine.freq` shows it.  How fast the simulation runs does not depend on it."""

import errno
from collections.abc import Callable

# MHz that the port accepts
FREQUENCIES = {
    "esp32": (20, 40, 80, 160, 240),
    "esp32s3": (20, 40, 80, 160, 240),
    "esp32c3": (20, 40, 80, 160),
}
DEFAULT_MHZ = 160  # of the stock images


class Processor:
    """A soft reset keeps the frequency, a chip reset does not."""

    def __init__(self, chip_name: str):
        self._accepted = FREQUENCIES[chip_name]
        self.reset()

    def reset(self) -> None:
        self._mhz = DEFAULT_MHZ

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"FREQUENCY": lambda _a, _b, _c: self._mhz, "SET_FREQUENCY": self._set}

    def _set(self, mhz: int, _b: int, _c: int) -> None:
        """EINVAL for a frequency that the chip does not run at."""
        if mhz not in self._accepted:
            raise OSError(errno.EINVAL)
        self._mhz = mhz
