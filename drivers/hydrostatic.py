"""A hydrostatic level probe with a 4-20 mA loop through a shunt, which an ADS1115 measures."""

from drivers.ads1115 import ADS1115
from protocols.errors import BusError

ZERO_UA, SPAN_UA = 4000, 16000


class Hydrostatic:
    """`range_mm` is the probe's level at 20 mA; the shunt is between `channel` and ground.

    A current below `broken_ua` is a cut loop, one above `short_ua` a short circuit; the defaults are
    usual for such loops (NAMUR NE 43).
    """

    def __init__(
        self,
        i2c,
        address=0x48,
        channel=0,
        range_mm=5000,
        shunt_ohm=150,
        broken_ua=3600,
        short_ua=21000,
    ):
        self._converter = ADS1115(i2c, address)
        self._channel = channel
        self.range_mm = range_mm
        self._shunt_ohm = shunt_ohm
        self._broken_ua = broken_ua
        self._short_ua = short_ua

    async def read(self):
        """`level_mm` above the probe, which may be a little below zero, and `loop_ua`.

        Raises BusError as ADS1115.microvolts, and for a loop that is cut or short.
        """
        loop_ua = await self._converter.microvolts(self._channel) // self._shunt_ohm
        if loop_ua < self._broken_ua:
            raise BusError(f"level probe: loop is cut, {loop_ua} uA")
        if loop_ua > self._short_ua:
            raise BusError(f"level probe: loop is short, {loop_ua} uA")
        return {"level_mm": (loop_ua - ZERO_UA) * self.range_mm // SPAN_UA, "loop_ua": loop_ua}
