"""Hydrostatic level probe QDY30A in the water, on Modbus RTU at its factory settings."""

import random

from host_tools.simulator.devices.switched_modbus import SwitchedModbusServer
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

ADDRESS, BAUDRATE, UNIT, DECIMALS, VALUE, ZERO, FULL_SCALE = range(7)
BAUDRATE_9600 = 3
UNIT_MM = {0x11: 10, 0x12: 1000}  # cm, m


class Qdy30a(SwitchedModbusServer):
    """`unit` and `decimals` are as somebody has set them at the probe; `drift_mm` is a fault, of its zero."""

    def __init__(
        self,
        queue: EventQueue,
        world: World,
        rng: random.Random,
        address: int = 1,
        range_mm: int = 5_000,
    ):
        super().__init__(queue, rng, address, baudrate=9600)
        self._water = world.water
        self._range_mm = range_mm
        self.unit = 0x11
        self.decimals = 1
        self.drift_mm = 0.0

    def register(self, number: int) -> int | None:
        values = {
            ADDRESS: self.address,
            BAUDRATE: BAUDRATE_9600,
            UNIT: self.unit,
            DECIMALS: self.decimals,
            VALUE: self._counts(min(self._water.level_mm + self.drift_mm, self._range_mm)),
            ZERO: 0,
            FULL_SCALE: self._counts(self._range_mm),
        }
        value = values.get(number)
        return None if value is None else value & 0xFFFF

    def _counts(self, level_mm: float) -> int:
        counts = round(level_mm * 10**self.decimals / UNIT_MM.get(self.unit, 1000))
        return max(-0x8000, min(counts, 0x7FFF))
