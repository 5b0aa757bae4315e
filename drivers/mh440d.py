"""Winsen MH-440D infrared methane module by its analogue output, through a TI ADS1115.

The output is 0.4 V without methane and 2 V at the range's end, in between a straight line (Winsen MH-440D
manual).  It is less only while the module has no supply, or is broken.
"""

from drivers.ads1115 import ADS1115
from protocols.errors import BusError

ZERO_UV, SPAN_UV = 400_000, 1_600_000
DEAD_UV = 300_000


class MH440D:
    """`range_ppm` is that of the module; 5 % of the volume are the lower explosive limit."""

    def __init__(self, i2c, address=0x48, channel=0, range_ppm=50_000):
        self._converter = ADS1115(i2c, address)
        self._channel = channel
        self._range_ppm = range_ppm

    async def read(self):
        """`ch4_ppm`, a little below 0 too.  Raises BusError as ADS1115.microvolts, and without a signal."""
        voltage_uv = await self._converter.microvolts(self._channel)
        if voltage_uv < DEAD_UV:
            raise BusError("MH-440D: no signal, %d uV" % voltage_uv)
        return {"ch4_ppm": (voltage_uv - ZERO_UV) // 100 * self._range_ppm // (SPAN_UV // 100)}
