"""The analogue inputs."""

import errno
from collections.abc import Callable, Sequence

# GPIOs of the channels of both units, in their order (datasheets, pin tables).
ADC_PINS: dict[str, tuple[Sequence[int], Sequence[int]]] = {
    "esp32": ((36, 37, 38, 39, 32, 33, 34, 35), (4, 0, 2, 15, 13, 12, 14, 27, 25, 26)),
    "esp32s3": (range(1, 11), range(11, 21)),
    "esp32c3": (range(5), (5,)),
}
# (lowest, highest) millivolts at 0, 2.5, 6 and 11 dB: ESP-IDF documentation, "ADC attenuation".
RANGES_MV = {
    "esp32": ((100, 950), (100, 1250), (150, 1750), (150, 2450)),
    "esp32s3": ((0, 950), (0, 1250), (0, 1750), (0, 3100)),
    "esp32c3": ((0, 750), (0, 1050), (0, 1300), (0, 2500)),
}
ANY = -1


class Adc:
    """Ideal converters: exact in the range of the attenuation, at its end outside; open inputs have 0 V."""

    def __init__(self, chip_name: str):
        self._units = ADC_PINS[chip_name]
        self._ranges_mv = RANGES_MV[chip_name]
        self._driven_mv: dict[int, float] = {}

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"ADC_FIND": self._find, "ADC_MICROVOLTS": self._microvolts, "ADC_RAW": self._raw}

    def drive_mv(self, gpio: int, mv: float) -> None:
        """A part puts this voltage on the pin."""
        self._driven_mv[gpio] = mv

    def _find(self, unit: int, channel: int, gpio: int) -> int:
        """Unit (1 or 2) and GPIO, in one number, of the first channel that fits; ENODEV when none does."""
        for number, gpios in enumerate(self._units, start=1):
            for at, pin in enumerate(gpios):
                if unit in (ANY, number) and channel in (ANY, at) and gpio in (ANY, pin):
                    return number << 8 | pin
        raise OSError(errno.ENODEV)

    def _microvolts(self, gpio: int, attenuation: int, _c: int) -> int:
        low_mv, high_mv = self._ranges_mv[attenuation]
        return round(max(low_mv, min(high_mv, self._driven_mv.get(gpio, 0)))) * 1000

    def _raw(self, gpio: int, attenuation: int, _c: int) -> int:
        """The converter's 12 bits; below the range they are 0."""
        low_mv, high_mv = self._ranges_mv[attenuation]
        mv = self._driven_mv.get(gpio, 0)
        return 0 if mv < low_mv else min(4095, int(mv * 4095 / high_mv))
