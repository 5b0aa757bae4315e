"""Water quality sonde Yosemitech Y4000 in the water, on Modbus RTU.

Modelled: its one request of measurements (drivers/sonde_y4000.py has the source), silence to any other, and
probes that come to their values within the minute of power that the maker asks for.
"""

import math
import random

from host_tools.simulator.devices.modbus_server import float_words
from host_tools.simulator.devices.switched_modbus import SwitchedModbusServer
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from protocols import modbus_rtu

FIRST, COUNT = 0x2601, 16
ANSWERED = modbus_rtu.words((FIRST, COUNT))
SETTLES_S = 10.0  # time constant: a minute is six of them
NOISE = 0.002


class Sonde(SwitchedModbusServer):
    """Fault: `broken` probes have no number; 0 is oxygen, 1 turbidity, 2 conductivity, 3 pH."""

    START_UP_US = 1_600_000  # EnviroDIY's ModularSensors, YosemitechY4000.h
    CURRENT_MA = 0.6 / 3.6 / 0.9 * 1000  # of the cell, assumed: 50 mA at 12 V

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 1):
        super().__init__(queue, rng, address, baudrate=9600)
        self._stream = world.stream
        self.broken: set[int] = set()

    def _answer(self, function: int, data: bytes) -> None:
        if function == modbus_rtu.READ_HOLDING_REGISTERS and data == ANSWERED:
            super()._answer(function, data)

    def register(self, number: int) -> int | None:
        place, is_second = divmod(number - FIRST, 2)
        value = math.nan if place in self.broken else self._values()[place]
        high, low = float_words(value)
        word = high if is_second else low
        return (word & 0xFF) << 8 | word >> 8

    def _values(self) -> tuple[float, ...]:
        stream = self._stream
        settled = 1 - math.exp(-self.on_s / SETTLES_S)
        noise = 1 + self._rng.uniform(-NOISE, NOISE)
        electrode_mv = (
            180.0  # oxidation-reduction potential; then chlorophyll and algae, which it has no probes for
        )
        water = stream.oxygen_mgpl, stream.turbidity_ntu, stream.conductivity_uspcm / 1000, stream.acidity_ph
        return (*(value * settled * noise for value in water), stream.temperature_c, electrode_mv, 0.0, 0.0)
