"""80 GHz radar level sensor of the type SEN0676 above the water, on Modbus RTU (DFRobot's wiki)."""

import random

from host_tools.simulator.devices.switched_modbus import SwitchedModbusServer
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

DISTANCE, LEVEL, HEIGHT = 0x0001, 0x0003, 0x0005
FACTORY_BAUDRATE = 115_200
JITTER_MM = 3


class RadarSen0676(SwitchedModbusServer):
    """Hangs `height_mm` above the level's zero; its own installation height is as somebody has set it."""

    def __init__(
        self,
        queue: EventQueue,
        world: World,
        rng: random.Random,
        address: int = 1,
        height_mm: int = 5_000,
        baudrate: int = FACTORY_BAUDRATE,
    ):
        super().__init__(queue, rng, address, baudrate)
        self._water = world.water
        self._height_mm = height_mm
        self.installed_cm = height_mm // 10

    def register(self, number: int) -> int | None:
        distance_mm = self._height_mm - self._water.level_mm + self._rng.uniform(-JITTER_MM, JITTER_MM)
        distance_mm = max(0, round(distance_mm))
        level_mm = 10 * self.installed_cm - distance_mm
        values = {DISTANCE: distance_mm, LEVEL: level_mm, HEIGHT: self.installed_cm}
        value = values.get(number)
        return None if value is None else value & 0xFFFF
