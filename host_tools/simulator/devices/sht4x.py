"""Sensirion SHT4x on I²C (datasheet SHT4x): measuring, serial number, soft reset; no heater.

While it measures, the part acknowledges nothing.  Measurements are those of the moment of the command.
"""

import random

from drivers.sht4x import crc8
from host_tools.simulator.buses import I2CDevice, NackError
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

MEASURING_US = {  # command: typical and longest duration
    0xFD: (6_900, 8_300),
    0xF6: (3_700, 4_500),
    0xE0: (1_300, 1_600),
}
READ_SERIAL, SOFT_RESET = 0x89, 0x94
RESET_US = 1_000
FULL_SCALE = 65535


class Sht4x(I2CDevice):
    """The sensor in the pole's air.  Faults: `absent` (acknowledges nothing), `corrupt_next` (answers)."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 0x44):
        self._queue = queue
        self._world = world
        self._rng = rng
        self._serial = rng.getrandbits(32)
        self.address = address
        self._busy_until_us = 0
        self._answer = b""
        self.absent = False
        self.corrupt_next = 0

    def write(self, data: bytes) -> None:
        self._check_acknowledges()
        if not data:  # a bus scan
            return
        command = data[0]
        self._answer = b""
        if command in MEASURING_US:
            self._answer = with_checksums(*self._measure())
            self._busy_until_us = self._queue.now_us + self._rng.randint(*MEASURING_US[command])
        elif command == READ_SERIAL:
            self._answer = with_checksums(self._serial >> 16, self._serial & 0xFFFF)
        elif command == SOFT_RESET:
            self._busy_until_us = self._queue.now_us + RESET_US
        else:
            raise NackError

    def read(self, length: int) -> bytes:
        """The answer, once; the bus reads ones beyond its end."""
        self._check_acknowledges()
        if not self._answer:
            raise NackError
        answer, self._answer = self._answer, b""
        if self.corrupt_next:
            self.corrupt_next -= 1
            answer = bytes((answer[0] ^ 0x01,)) + answer[1:]
        return answer[:length].ljust(length, b"\xff")

    def _check_acknowledges(self) -> None:
        if self.absent or self._queue.now_us < self._busy_until_us:
            raise NackError

    def _measure(self) -> tuple[int, int]:
        return (
            ticks(self._world.temperature_c, lowest=-45, span=175),
            ticks(self._world.humidity_percent, lowest=-6, span=125),
        )


def ticks(value: float, lowest: float, span: float) -> int:
    """The 16 bits that stand for `value` on a scale from `lowest` over `span`."""
    return min(max(round((value - lowest) / span * FULL_SCALE), 0), FULL_SCALE)


def with_checksums(*words: int) -> bytes:
    parts = [word.to_bytes(2, "big") for word in words]
    return b"".join(part + bytes((crc8(part),)) for part in parts)
