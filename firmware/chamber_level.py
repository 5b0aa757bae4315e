"""How far below its cover the water stands in a chamber, from the pressure over a sensor that hangs in it.

The sensor is absolute, so the air's pressure has to be known: what it feels while the float switch is down.
That is not believed to rise faster than weather makes it, so that water is seen even if the float hangs.
While the float is up, the last value holds, or what is felt if that is less.  A clock that is set makes the
part learn at once.
"""

import struct
import time

from firmware.kept import CHAMBER_SLOT, RtcSlot, unpacked

KEPT = "<ii"
S_PER_PA = 12  # the air's pressure rises by 3 hPa in an hour at most
AGAIN_S = 600  # while there is water
GUST_PA = 500  # the air does not fall so far between two readings


class ChamberLevel:
    """`pressure` is an MS5837 at the height of `water`, the float switch."""

    stretch = 1
    again_s = None

    def __init__(self, pressure, water, **settings):
        self._pressure = pressure
        self._water = water
        self._slot = RtcSlot(*CHAMBER_SLOT)
        self.configure(**settings)

    def configure(self, depth_mm=1500, air_hpa=1013):
        """depth_mm: of the sensor below the cover.

        air_hpa: taken for the air's pressure if power comes on under water, until there is none.
        """
        self._depth_mm = depth_mm
        self._air_hpa = air_hpa

    async def read(self):
        """`freeboard_mm`, from the water up to the cover; the sensor's depth while it hangs in air.

        Raises BusError as the sensor does.
        """
        is_wet = (await self._water.read())["is_active"]
        pressure = (await self._pressure.read())["pressure_pa"]
        now = time.time()
        kept = self._slot.load()
        learnt_s, air = unpacked(KEPT, kept, now, 100 * self._air_hpa if is_wet else pressure)
        if is_wet:
            self.again_s = AGAIN_S * self.stretch
        else:
            air += max(0, now - learnt_s) // S_PER_PA
            learnt_s = now
        if pressure < air - GUST_PA:  # the sensor's counts have no checksum
            pressure = max(pressure, (await self._pressure.read())["pressure_pa"])
        air = min(air, pressure)
        if kept or not is_wet:
            self._slot.store(struct.pack(KEPT, learnt_s, air))
        return {"freeboard_mm": self._depth_mm - (pressure - air) * 5 // 49}  # 9.8 Pa are a millimetre
