"""80 GHz radar level sensor of the type SEN0676 on Modbus RTU (DFRobot's wiki), which leaves the factory at
115200 8N1.

It measures the distance to the water; where it hangs is this driver's setting, not the sensor's.
"""

from drivers.switched import switch_off, while_on

DISTANCE_REGISTER = 1
WARM_UP_MS = 1000  # assumed: its documents do not say


class RadarLevel:
    """One sensor on the line of `master`; `power`: the pin of its supply, None if it is always on.

    Settings: those of `configure`.
    """

    def __init__(self, master, address=1, power=None, **settings):
        self._master = master
        self._address = address
        self._power = power
        switch_off(power)
        self.configure(**settings)

    def configure(self, height_mm=5000):
        """height_mm: of the sensor above the level's zero."""
        self._height_mm = height_mm

    async def read(self):
        """`distance_mm` and `level_mm` (below zero too); raises as ModbusMaster."""
        distance_mm = await while_on(self._power, WARM_UP_MS, self._distance)
        return {"distance_mm": distance_mm, "level_mm": self._height_mm - distance_mm}

    async def _distance(self):
        return (await self._master.read_registers(self._address, DISTANCE_REGISTER, 1))[0]
