"""TE MS5837-02BA on I²C (data sheet 09/2017), hanging in a chamber.

Modelled: reset, PROM, conversions at all rates, and that an answer which is fetched too early is 0 and spoils
its conversion.  The calibration is the data sheet's, a little different for each seed.  From power-on to the
first reset the PROM reads as 0.  Times and noise are those of the MS5611 and MS5637, which have the same
converter.  Not modelled: ageing, and an error of the offset.
"""

import random
import struct

from host_tools.simulator.buses import I2CDevice, NackError
from host_tools.simulator.devices.manhole_contacts import FLOAT_MM
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

RESET, ADC_READ = 0x1E, 0x00
PROM_READ, CONVERT_D1, CONVERT_D2 = 0xA0, 0x40, 0x50
RELOAD_US = 2_800
CONVERSION_US = (600, 1_170, 2_280, 4_540, 9_040, 18_080)  # at most, by rate
NOISE_HPA = (0.11, 0.062, 0.039, 0.028, 0.021, 0.016)
TYPICAL = (46372, 43981, 29059, 27842, 31553, 28165)  # C1 to C6 of the data sheet's example
SPREAD = 0.03
VERSION = 0x15 << 5  # MS5837-02BA21
COUNTS = 1 << 24
HPA_PER_MM = 0.0979  # of fresh water, at 22.5 degrees north
RANGE_HPA = (10.0, 2000.0)


class Ms5837(I2CDevice):
    """It hangs at `hangs_mm` above the water's zero.

    Faults: `absent` (acknowledges nothing), `spoilt` (one bit of its PROM), `stuck` (shows for ever what it
    showed last).
    """

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 0x76):
        self._queue = queue
        self._world = world
        self._rng = rng
        self._air, self._water = world.air, world.water
        self.hangs_mm = FLOAT_MM
        words = [VERSION, *(round(c * rng.uniform(1 - SPREAD, 1 + SPREAD)) for c in TYPICAL)]
        words[0] |= crc4(words) << 12
        self._words = words
        self.absent = self.spoilt = self.stuck = False
        self._shown = (0, 0)  # counts of the last D1 and D2
        self.power(True)

    def power(self, on: bool) -> None:
        self._has_prom = False
        self._busy_until_us = 0
        self._result = 0
        self._answer = b""

    @property
    def pressure_hpa(self) -> float:
        """At its membrane."""
        over_mm = max(0.0, self._water.level_mm - self.hangs_mm)
        return self._air.pressure_hpa + HPA_PER_MM * over_mm

    def write(self, data: bytes) -> None:
        if self.absent or not data:
            self._acknowledge()
            return
        command = data[0]
        busy = self._queue.now_us < self._busy_until_us
        if command == RESET:
            self._busy_until_us = self._queue.now_us + RELOAD_US
            self._has_prom, self._result = True, 0
        elif command == ADC_READ:
            result = 0 if busy else self._result
            self._answer = result.to_bytes(3, "big")
            self._result = 0
        elif command & 0xF0 == PROM_READ:
            self._answer = self._prom(command >> 1 & 7)
        elif command & 0xF0 in (CONVERT_D1, CONVERT_D2) and command & 0x0F < 2 * len(CONVERSION_US):
            rate = command >> 1 & 7
            self._result = 0 if busy else self._convert(command & 0xF0 == CONVERT_D2, rate)
            self._busy_until_us = self._queue.now_us + CONVERSION_US[rate]

    def read(self, length: int) -> bytes:
        self._acknowledge()
        answer, self._answer = self._answer, b""
        return answer[:length].ljust(length, b"\0")

    def _acknowledge(self) -> None:
        if self.absent:
            raise NackError

    def _prom(self, index: int) -> bytes:
        busy = self._queue.now_us < self._busy_until_us
        word = 0 if busy or not self._has_prom or index >= len(self._words) else self._words[index]
        if self.spoilt and index == 1:
            word ^= 0x0100
        return struct.pack(">H", word)

    def _convert(self, of_temperature: bool, rate: int) -> int:
        if not self.stuck or not all(self._shown):
            noise_hpa = self._rng.gauss(0, NOISE_HPA[rate])
            pressure_hpa = min(max(self.pressure_hpa + noise_hpa, RANGE_HPA[0]), RANGE_HPA[1])
            self._shown = counts(self._words, pressure_hpa, self._world.temperature_c)
        return self._shown[of_temperature]


def counts(words: list[int], pressure_hpa: float, temperature_c: float) -> tuple[int, int]:
    """D1 and D2 of a sensor with this PROM: the data sheet's formulas, solved for them."""
    _, c1, c2, c3, c4, c5, c6 = words
    wanted = 100 * temperature_c
    dt = temp = 0.0
    for _ in range(20):  # the second order is small: the first corrects it, again and again
        below = 11 * dt * dt / 2**35 if temp < 2000 else 0.0
        temp = wanted + below
        dt = (temp - 2000) * 2**23 / c6
    square = (temp - 2000) ** 2 if temp < 2000 else 0.0
    off = c2 * 2**17 + c4 * dt / 2**6 - 31 * square / 8
    sens = c1 * 2**16 + c3 * dt / 2**7 - 63 * square / 32
    d1 = (100 * pressure_hpa * 2**15 + off) * 2**21 / sens
    return round(d1) % COUNTS, round(dt + c5 * 2**8) % COUNTS


def crc4(words: list[int]) -> int:
    """As in the data sheet: over the words without the first four bits, and one more of 0."""
    remainder = 0
    for byte in struct.pack(">8H", words[0] & 0x0FFF, *words[1:], 0):
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x3000 if remainder & 0x8000 else 0)) & 0xFFFF
    return remainder >> 12
