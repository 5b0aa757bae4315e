"""Surface velocity radar Geolux RSS-2-300W over a stream, on Modbus RTU (OTT SVR 100, appendix D).

Modelled: the registers of measurements, and that the average builds up after its start.  Not modelled:
settings, the signal's strength, rain and wind, which a radar sees at slow water.
"""

import math
import random

from host_tools.simulator.devices.switched_modbus import SwitchedModbusServer
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

ADDRESS, UNIT, VELOCITY, AVERAGE, TILT, DIRECTION = 0, 2, 3, 4, 5, 8
REGISTERS = range(0x15)
MM_PER_S, MOUNTED_DEG, INCOMING = 0, 45, 0
LEAST_MMPS, MOST_MMPS = 20, 15_000  # Geolux's manual: 0.02 to 15 m/s, 1 %
ACCURACY, RIPPLES = 0.01, 0.1
AVERAGE_S = 0.5  # time constant; assumed


class VelocityRadar(SwitchedModbusServer):
    START_UP_US = 2_000_000  # assumed
    CURRENT_MA = 950 / 3.6 / 0.9  # of the cell: Geolux's manual has 950 mW; the converter's loss is assumed

    def __init__(
        self,
        queue: EventQueue,
        world: World,
        rng: random.Random,
        address: int = 1,
        baudrate: int = 9600,
    ):
        super().__init__(queue, rng, address, baudrate)
        self._stream = world.stream
        self._error = rng.uniform(-ACCURACY, ACCURACY)

    def register(self, number: int) -> int | None:
        if number not in REGISTERS:
            return None
        velocity_mmps = self._stream.velocity_mmps * (1 + self._error)
        averaged = 1 - math.exp(-self.on_s / AVERAGE_S)
        values = {
            ADDRESS: self.address,
            UNIT: MM_PER_S,
            VELOCITY: _told(velocity_mmps * (1 + self._rng.uniform(-RIPPLES, RIPPLES))),
            AVERAGE: _told(velocity_mmps * averaged),
            TILT: MOUNTED_DEG,
            DIRECTION: INCOMING,
        }
        return values.get(number, 0)


def _told(velocity_mmps: float) -> int:
    return 0 if velocity_mmps < LEAST_MMPS else min(round(velocity_mmps), MOST_MMPS)
