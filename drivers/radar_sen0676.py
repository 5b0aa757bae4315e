"""80 GHz radar level sensor of the type SEN0676 on Modbus RTU (DFRobot's wiki), which leaves the factory at
115200 8N1.

It measures the distance to the water; where it hangs is this driver's setting, not the sensor's.
"""

from drivers.switched import SwitchedSensor

DISTANCE_REGISTER = 1


class RadarLevel(SwitchedSensor):
    def configure(self, height_mm=5000):
        """height_mm: of the sensor above the level's zero."""
        self._height_mm = height_mm

    async def read(self):
        """`distance_mm` and `level_mm` (below zero too); raises as ModbusMaster."""
        (distance_mm,) = await self.registers((DISTANCE_REGISTER, 1))
        return {"distance_mm": distance_mm, "level_mm": self._height_mm - distance_mm}
