"""Turbidity sensor DFRobot SEN0710 in the water, on Modbus RTU (its wiki)."""

import random

from host_tools.simulator.devices.switched_modbus import SwitchedModbusServer
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

TURBIDITY, TEMPERATURE = 0, 1  # tenths of NTU, and of a degree
FACTORY_BAUDRATE = 4800
FULL_SCALE_NTU = 1000
NOISE_NTU = 0.3


class TurbiditySensor(SwitchedModbusServer):
    CURRENT_MA = 0.5 / 3.6 / 0.9 * 1000  # of the cell, assumed: 0.5 W

    def __init__(
        self,
        queue: EventQueue,
        world: World,
        rng: random.Random,
        address: int = 1,
        baudrate: int = FACTORY_BAUDRATE,
    ):
        super().__init__(queue, rng, address, baudrate)
        self._stream = world.stream

    def register(self, number: int) -> int | None:
        turbidity_ntu = self._stream.turbidity_ntu + self._rng.uniform(-NOISE_NTU, NOISE_NTU)
        values = {
            TURBIDITY: round(10 * min(max(turbidity_ntu, 0), FULL_SCALE_NTU)),
            TEMPERATURE: round(10 * self._stream.temperature_c) & 0xFFFF,
        }
        return values.get(number)
