"""A louvre box of the JXCT kind on RS-485, fitted with humidity, temperature and noise sensors.

Registers 500 to 509 exist in every box of the family; those of sensors that are not fitted read 0.
"""

import random

from host_tools.simulator.devices.modbus_server import ModbusServer
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

REGISTERS = range(500, 510)
HUMIDITY, TEMPERATURE, NOISE = 500, 501, 502  # tenths of % RH, of °C (signed), of dB(A)
NOISE_RANGE_DBA = (30.0, 120.0)  # what the microphone can tell


class NoiseSensor(ModbusServer):
    """The box at its factory settings: address 1, 4800 8N1."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 1):
        super().__init__(queue, rng, address, baudrate=4800)
        self._world = world

    def register(self, number: int) -> int | None:
        if number not in REGISTERS:
            return None
        if number == HUMIDITY:
            return round(self._world.humidity_percent * 10)
        if number == TEMPERATURE:
            return round(self._world.temperature_c * 10)
        if number == NOISE:
            lowest, highest = NOISE_RANGE_DBA
            return round(min(max(self._world.noise_dba, lowest), highest) * 10)
        return 0
