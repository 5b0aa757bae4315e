"""The analogue inputs."""

import errno
from collections.abc import Callable

# ADC channels of both units (datasheets, pin tables).
ADC_PINS = {
    "esp32": frozenset([0, 2, 4, *range(12, 16), *range(25, 28), *range(32, 40)]),
    "esp32s3": frozenset(range(1, 21)),
    "esp32c3": frozenset(range(6)),
}
# (lowest, highest) millivolts at 0, 2.5, 6 and 11 dB: ESP-IDF documentation, "ADC attenuation".
RANGES_MV = {
    "esp32": ((100, 950), (100, 1250), (150, 1750), (150, 2450)),
    "esp32s3": ((0, 950), (0, 1250), (0, 1750), (0, 3100)),
    "esp32c3": ((0, 750), (0, 1050), (0, 1300), (0, 2500)),
}


class Adc:
    """Ideal converters: exact in the range of the attenuation, at its end outside; open inputs have 0 V."""

    def __init__(self, chip_name: str):
        self._pins = ADC_PINS[chip_name]
        self._ranges_mv = RANGES_MV[chip_name]
        self._driven_mv: dict[int, float] = {}

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"ADC_CHECK": self._check, "ADC_MICROVOLTS": self._microvolts, "ADC_U16": self._u16}

    def drive_mv(self, gpio: int, mv: float) -> None:
        """A part puts this voltage on the pin."""
        self._driven_mv[gpio] = mv

    def _check(self, gpio: int, _b: int, _c: int) -> None:
        """ENODEV for a pin without a channel."""
        if gpio not in self._pins:
            raise OSError(errno.ENODEV)

    def _microvolts(self, gpio: int, attenuation: int, _c: int) -> int:
        low_mv, high_mv = self._ranges_mv[attenuation]
        return round(max(low_mv, min(high_mv, self._driven_mv.get(gpio, 0)))) * 1000

    def _u16(self, gpio: int, attenuation: int, _c: int) -> int:
        """The converter's 12 bits, stretched to 16 as the port does; below the range they are 0."""
        low_mv, high_mv = self._ranges_mv[attenuation]
        mv = self._driven_mv.get(gpio, 0)
        raw = 0 if mv < low_mv else min(4095, int(mv * 4095 / high_mv))
        return raw << 4 | raw >> 8
