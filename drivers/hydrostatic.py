"""A hydrostatic level probe with a 4-20 mA loop through a shunt, which an ADS1115 measures.

The loop takes up to 20 mA from 12 V and more, so its supply is on for a measurement only.
"""

from drivers.ads1115 import ADS1115
from protocols.compat import sleep_ms
from protocols.errors import BusError

ZERO_UA, SPAN_UA = 4000, 16000
WARM_UP_MS = 300  # of the supply and the transmitter
BROKEN_UA, SHORT_UA = 3600, 21000  # beyond them the loop is cut or short, as is usual (NAMUR NE 43)


class Hydrostatic:
    """`power` is the pin of the loop's supply; the shunt is between AIN0 and ground.

    Settings: those of `configure`.
    """

    def __init__(self, i2c, power, address=0x48, **settings):
        self._converter = ADS1115(i2c, address)
        self._power = power
        power.value(0)
        power.init(power.OUT)
        self.configure(**settings)

    def configure(self, range_mm=5000, zero_mm=0, shunt_ohm=150):
        """range_mm: the probe's level at 20 mA.  zero_mm: where the probe is above the level's zero."""
        self._range_mm = range_mm
        self._zero_mm = zero_mm
        self._shunt_ohm = shunt_ohm

    async def read(self):
        """`level_mm`, which may be a little below the probe, and `loop_ua`.

        Raises BusError as ADS1115.microvolts, and for a loop that is cut or short.
        """
        self._power.value(1)
        try:
            await sleep_ms(WARM_UP_MS)
            loop_ua = await self._converter.microvolts(0) // self._shunt_ohm
        finally:
            self._power.value(0)
        if loop_ua < BROKEN_UA:
            raise BusError(f"level probe: loop is cut, {loop_ua} uA")
        if loop_ua > SHORT_UA:
            raise BusError(f"level probe: loop is short, {loop_ua} uA")
        level_mm = (loop_ua - ZERO_UA) * self._range_mm // SPAN_UA + self._zero_mm
        return {"level_mm": level_mm, "loop_ua": loop_ua}
