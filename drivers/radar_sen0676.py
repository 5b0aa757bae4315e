"""80 GHz radar level sensor of the type SEN0676 on Modbus RTU (DFRobot's wiki), which leaves the factory at
115200 8N1.

It measures the distance to the water; where it hangs is this driver's setting, not the sensor's.
"""

DISTANCE_REGISTER = 1


class RadarLevel:
    """One sensor on the line of `master`.  Settings: those of `configure`."""

    def __init__(self, master, address=1, **settings):
        self._master = master
        self._address = address
        self.configure(**settings)

    def configure(self, height_mm=5000):
        """height_mm: of the sensor above the level's zero."""
        self._height_mm = height_mm

    async def read(self):
        """`distance_mm` and `level_mm` (below zero too); raises as ModbusMaster."""
        distance_mm = (await self._master.read_registers(self._address, DISTANCE_REGISTER, 1))[0]
        return {"distance_mm": distance_mm, "level_mm": self._height_mm - distance_mm}
