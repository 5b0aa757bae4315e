"""Ultrasonic flow meter TUF-2000M at the pipe that drains the place, on Modbus RTU.

Modelled: flow, velocity, and the whole cubic metres of the positive and the net volume, with the low word
first.  Other registers are 0.  What is not certain of the map, the driver says.
"""

import math
import random

from host_tools.simulator.devices.modbus_server import ModbusServer, float_words
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

REGISTERS = range(200)  # on the line; the manual counts from 1
FLOW, VELOCITY, POSITIVE, NET = 0, 4, 8, 24
BORE_M2 = math.pi / 4 * 0.2**2


class FlowMeter(ModbusServer):
    """Fault: `shows_m3ph` in place of the flow."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 1):
        super().__init__(queue, rng, address, baudrate=9600)
        self._pipe = world.stream
        self.shows_m3ph: float | None = None

    def register(self, number: int) -> int | None:
        if number not in REGISTERS:
            return None
        flow_m3ph = self._pipe.pipe_lps * 3.6 if self.shows_m3ph is None else self.shows_m3ph
        volume = round(self._pipe.pipe_m3) & 0xFFFFFFFF
        words = {
            FLOW: float_words(flow_m3ph),
            VELOCITY: float_words(flow_m3ph / 3600 / BORE_M2),
            POSITIVE: divmod(volume, 0x10000),
            NET: divmod(volume, 0x10000),
        }
        high, low = words.get(number & ~1, (0, 0))
        return high if number & 1 else low
