"""A hydrostatic level probe on its 4-20 mA loop, and the ADS1115 that measures its shunt (SBAS444).

Modelled of the converter: single and continuous conversions of the eight inputs, all gains and rates, its
threshold registers as memory.  Its oscillator is exact, its alert pin open.
"""

import random

from host_tools.simulator.buses import I2CDevice, NackError, PinDevice
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

CONVERSION, CONFIG = 0, 1  # 2 and 3 are the thresholds
START, SINGLE_SHOT = 0x8000, 0x0100
RESET_CONFIG = 0x8583
FULL_SCALE_UV = (6_144_000, 4_096_000, 2_048_000, 1_024_000, 512_000, 256_000, 256_000, 256_000)
RATE_SPS = (8, 16, 32, 64, 128, 250, 475, 860)
PAIRS = ((0, 1), (0, 3), (1, 3), (2, 3), (0, None), (1, None), (2, None), (3, None))
SUPPLY_UV = 3_300_000  # an input does not go beyond it

ZERO_MA, SPAN_MA = 4.0, 16.0
LOOP_MA = (3.8, 20.5)  # what the transmitter gives at most, in order
NOISE_MA = 0.002
START_UP_US = 200_000
BOOST = 24 / 3.6 / 0.8  # from the cell to 24 V; an estimate of the converter's losses


class Ads1115Probe(PinDevice, I2CDevice):
    """The loop has current while its supply's switch is on.

    Faults: `absent` (the converter acknowledges nothing), `cut` and `short` (of the loop), and `stuck_mm`:
    the level that a probe in silt shows for ever, None for one that works.
    """

    def __init__(
        self,
        queue: EventQueue,
        world: World,
        rng: random.Random,
        address: int = 0x48,
        channel: int = 0,
        range_mm: float = 5_000,
        shunt_ohm: float = 150,
    ):
        self._queue = queue
        self._water = world.water
        self._rng = rng
        self._channel = channel
        self._range_mm = range_mm
        self._shunt_ohm = shunt_ohm
        self.absent = self.cut = self.short = False
        self.stuck_mm: float | None = None
        self._on_since_us: int | None = None
        self._reset()

    def pin(self, name: str, level: int) -> None:
        """The switch of the loop's supply."""
        self.takes(level * LOOP_MA[1] * BOOST)
        if not level:
            self._on_since_us = None
        elif self._on_since_us is None:
            self._on_since_us = self._queue.now_us

    def power(self, on: bool) -> None:
        if on:
            self._reset()
        else:
            self.pin("power", 0)

    def write(self, data: bytes) -> None:
        if self.absent:
            raise NackError
        if data:
            self._pointer = data[0] & 3
        if len(data) == 3 and self._pointer != CONVERSION:
            value = int.from_bytes(data[1:], "big")
            if self._pointer == CONFIG and value & START and self._finished:
                self._finishes_us = self._queue.now_us + 1_000_000 // RATE_SPS[value >> 5 & 7]
                self._converted = False
            self._words[self._pointer] = value

    def read(self, length: int) -> bytes:
        if self.absent:
            raise NackError
        if self._finished and not (self._converted and self._words[CONFIG] & SINGLE_SHOT):
            self._words[CONVERSION] = self._convert()
            self._converted = True
        word = self._words[self._pointer]
        if self._pointer == CONFIG:
            word = word & ~START | (START if self._finished else 0)
        return word.to_bytes(2, "big")[:length].ljust(length, b"\xff")

    def _reset(self) -> None:
        self._words = [0, RESET_CONFIG, 0x8000, 0x7FFF]
        self._pointer = CONVERSION
        self._finishes_us = 0
        self._converted = True

    @property
    def _finished(self) -> bool:
        return self._queue.now_us >= self._finishes_us

    def _convert(self) -> int:
        config = self._words[CONFIG]
        plus, minus = PAIRS[config >> 12 & 7]
        voltage_uv = self._input_uv(plus) - (0 if minus is None else self._input_uv(minus))
        count = round(voltage_uv * 32_768 / FULL_SCALE_UV[config >> 9 & 7])
        return max(-32_768, min(32_767, count)) & 0xFFFF

    def _input_uv(self, channel: int) -> float:
        if channel != self._channel:
            return 0.0
        return min(self.loop_ma * self._shunt_ohm * 1000, SUPPLY_UV)

    @property
    def loop_ma(self) -> float:
        starts_us = None if self._on_since_us is None else self._on_since_us + START_UP_US
        if self.cut or starts_us is None or self._queue.now_us < starts_us:
            return 0.0
        if self.short:
            return 30.0
        level_mm = self._water.level_mm if self.stuck_mm is None else self.stuck_mm
        current_ma = ZERO_MA + SPAN_MA * level_mm / self._range_mm
        current_ma += self._rng.uniform(-NOISE_MA, NOISE_MA)
        lowest, highest = LOOP_MA
        return min(max(current_ma, lowest), highest)
