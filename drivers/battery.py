"""The battery's voltage through a divider on one of the chip's analogue inputs."""

SAMPLES = 16


class Battery:
    """`adc` has machine.ADC's `read_uv`; the pin sees `1 / divider` of the battery."""

    def __init__(self, adc, divider=2):
        self._adc = adc
        self._divider = divider

    async def read(self):
        """`{"voltage_mv": ...}`, the mean of sixteen conversions."""
        # In tenths of a millivolt, so that the sum stays small.
        total = sum([self._adc.read_uv() // 100 for _ in range(SAMPLES)]) * self._divider
        return {"voltage_mv": (total + 5 * SAMPLES) // (10 * SAMPLES)}
