"""LIS2DW12 accelerometer under a manhole cover (ST datasheet).

Modelled: the register map with its reset values, soft reset, output in low-power mode 1 with the noise of
one step, data-ready, the temperature, the wake-up interrupt with threshold, duration and latch on INT1, and
its polarity.  An output is that of the moment it is read.  Not modelled: FIFO, taps, free fall, 6D,
self-test, INT2, single conversions; their registers keep what is written.
"""

import random

from host_tools.simulator.buses import I2CDevice, InputPin, NackError
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.world import World

OUT_T_L, WHO_AM_I, STATUS, OUT_X_L = 0x0D, 0x0F, 0x27, 0x28
CTRL1, CTRL2, CTRL3, CTRL4_INT1_PAD_CTRL, CTRL6, CTRL7 = 0x20, 0x21, 0x22, 0x23, 0x25, 0x3F
WAKE_UP_THS, WAKE_UP_DUR, WAKE_UP_SRC, ALL_INT_SRC = 0x34, 0x35, 0x38, 0x3B
WRITABLE = {*range(0x20, 0x27), 0x2E, *range(0x30, 0x37), 0x3C, 0x3D, 0x3E, 0x3F}
RESET_VALUES = {CTRL2: 0x04}
IDENTITY = 0x44

SOFT_RESET, IF_ADD_INC = 0x40, 0x04
LIR, H_LACTIVE = 0x10, 0x08
INT1_WU, INTERRUPTS_ENABLE = 0x20, 0x20
WU_IA = 0x08
ODR_HZ = (0, 1.6, 12.5, 25, 50, 100, 200, 400, 800, 1600)
FULL_SCALE_MG = (2_000, 4_000, 8_000, 16_000)
LOW_POWER_1_BITS = 12


class Lis2dw12(I2CDevice):
    """Fault: `absent` (acknowledges nothing)."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 0x18):
        self._queue = queue
        self._world = world
        self._cover = world.cover
        self._rng = rng
        self.absent = False
        self._int1: InputPin | None = None
        self._looking: Event | None = None
        self._still_mg = self._steady_mg = world.cover.vector_mg()  # at rest; at the last comparison
        self._over = 0  # samples in a row that have changed by more than the threshold
        self._reset()
        self._cover.on_motion(self._look)

    def connect(self, name: str, pin: InputPin) -> None:
        self._int1 = pin
        self._show()

    def power(self, on: bool) -> None:
        if on:
            self._reset()

    def write(self, data: bytes) -> None:
        if self.absent:
            raise NackError
        if data:
            self._pointer = data[0] & 0x7F
        for value in data[1:]:
            self._write(self._pointer, value)
            self._advance()

    def read(self, length: int) -> bytes:
        if self.absent:
            raise NackError
        data = bytearray()
        for _ in range(length):
            data.append(self._read(self._pointer))
            self._advance()
        return bytes(data)

    # --- registers

    def _reset(self) -> None:
        self._registers = dict.fromkeys(WRITABLE, 0) | RESET_VALUES
        self._pointer = 0
        self._read_tick = 0
        self._outputs = bytes(6)
        self._end_event()

    def _advance(self) -> None:
        if self._registers[CTRL2] & IF_ADD_INC:
            self._pointer += 1

    def _write(self, register: int, value: int) -> None:
        if register == CTRL2 and value & SOFT_RESET:
            self._reset()
        elif register in WRITABLE:
            self._registers[register] = value
            self._show()

    def _read(self, register: int) -> int:
        if register == WHO_AM_I:
            return IDENTITY
        if register == STATUS:
            return int(self._tick() != self._read_tick)
        if register in (OUT_T_L, OUT_T_L + 1):
            word = round((self._world.temperature_c - 25) * 16) << 4  # twelve bits, left-justified
            return word.to_bytes(2, "little", signed=True)[register - OUT_T_L]
        if OUT_X_L <= register < OUT_X_L + 6:
            return self._output(register - OUT_X_L)
        if register in (WAKE_UP_SRC, ALL_INT_SRC):
            return self._take_event(register)
        return self._registers.get(register, 0)

    def _output(self, place: int) -> int:
        """The three axes are taken together when the first is read, as with BDU."""
        if place == 0 and self._period_us:
            self._read_tick = self._tick()
            words = [self._word(mg) for mg in self._cover.vector_mg()]
            self._outputs = b"".join(word.to_bytes(2, "little", signed=True) for word in words)
        return self._outputs[place]

    def _word(self, mg: float) -> int:
        """Left-justified, with a step of noise."""
        half = 1 << LOW_POWER_1_BITS - 1
        steps = round(mg / self._full_scale_mg * half) + self._rng.randint(-1, 1)
        return max(-half, min(half - 1, steps)) << 16 - LOW_POWER_1_BITS

    @property
    def _full_scale_mg(self) -> int:
        return FULL_SCALE_MG[self._registers[CTRL6] >> 4 & 3]

    @property
    def _period_us(self) -> int:
        """Between two samples; 0 while it is powered down."""
        code = self._registers[CTRL1] >> 4
        rate_hz = ODR_HZ[code] if code < len(ODR_HZ) else 0
        return round(1_000_000 / rate_hz) if rate_hz else 0

    def _tick(self) -> int:
        return self._queue.now_us // self._period_us if self._period_us else self._read_tick

    # --- motion

    def _look(self) -> None:
        """The cover has begun to move: compare sample with sample until it rests."""
        if self._period_us and not self._looking:
            self._steady_mg = self._still_mg
            self._over = 0
            self._look_again()

    def _look_again(self) -> None:
        """At the next sample."""
        self._looking = self._queue.at((self._tick() + 1) * self._period_us, self._compare)

    def _compare(self) -> None:
        self._looking = None
        vector = self._cover.vector_mg()
        changes = [abs(now - before) for now, before in zip(vector, self._steady_mg, strict=True)]
        threshold_mg = (self._registers[WAKE_UP_THS] & 0x3F) * self._full_scale_mg / 64
        axes = sum(4 >> axis for axis in range(3) if changes[axis] > threshold_mg)
        self._over = self._over + 1 if axes else 0
        if self._over > (self._registers[WAKE_UP_DUR] >> 5 & 3):
            self._event = WU_IA | axes
            self._show()
        elif self._event and not self._registers[CTRL3] & LIR:
            self._end_event()
        self._steady_mg = vector
        resting = self._cover.shaking_until_us <= self._queue.now_us
        if resting:
            self._still_mg = vector
        if self._period_us and (not resting or self._over):
            self._look_again()

    def _take_event(self, register: int) -> int:
        """Reading either source register lets go of the latch."""
        event = self._event
        if self._registers[CTRL3] & LIR:
            self._end_event()
        return event if register == WAKE_UP_SRC else int(bool(event))

    def _end_event(self) -> None:
        self._event = 0
        self._show()

    def _show(self) -> None:
        wants = self._registers[CTRL4_INT1_PAD_CTRL] & INT1_WU and self._registers[CTRL7] & INTERRUPTS_ENABLE
        active = bool(self._event and wants)
        if self._int1:
            self._int1.level(int(active != bool(self._registers[CTRL3] & H_LACTIVE)))
