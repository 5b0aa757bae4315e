"""The battery's voltage through a divider on one of the chip's analogue inputs."""

SAMPLES = 16


class Battery:
    """`adc` has machine.ADC's `read_uv`; the pin sees `1 / divider` of the battery.

    `last_mv` is the last reading: under the load of a chip that is awake.
    """

    def __init__(self, adc, divider=2):
        self._adc = adc
        self._divider = divider
        self.last_mv = None

    async def read(self):
        """`{"voltage_mv": ...}`, the mean of sixteen conversions."""
        # In tenths of a millivolt, so that the sum stays small.
        total = sum([self._adc.read_uv() // 100 for _ in range(SAMPLES)]) * self._divider
        self.last_mv = (total + 5 * SAMPLES) // (10 * SAMPLES)
        return {"voltage_mv": self.last_mv}
