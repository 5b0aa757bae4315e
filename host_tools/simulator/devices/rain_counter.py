"""An NXP PCF8583 that counts a tipping bucket's tips (datasheet PCF8583, Rev. 06, 7.2 to 7.5).

Modelled: the event-counter mode with its event alarm and interrupt.  The clock modes, in which it comes up,
and the timer are registers without effect.  Contact bounce ends in the filter before its input.
"""

import random

from host_tools.simulator.buses import I2CDevice, InputPin, NackError
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.world import World

CONTROL, COUNTER, ALARM_CONTROL, ALARM = 0x00, 0x01, 0x08, 0x09
STOP, MODE, EVENT_COUNTER, ALARM_ENABLE, ALARM_FLAG = 0x80, 0x30, 0x20, 0x04, 0x02
EVENT_ALARM_FUNCTION, EVENT_ALARM, ALARM_INTERRUPT = 0x30, 0x10, 0x80
DIGIT_PAIRS = 3
REGISTERS = 256


class RainCounter(I2CDevice):
    """The bucket tips each `tip_um` of the world's rain.

    Faults: `absent` (acknowledges nothing), `stuck` (the bucket does not tip any more).  `tips` is the truth.
    """

    def __init__(
        self, queue: EventQueue, world: World, _rng: random.Random, address: int = 0x50, tip_um: int = 200
    ):
        self._queue = queue
        self._rain = world.rain
        self._tip_mm = tip_um / 1000
        self._emptied = 0  # times that the bucket has tipped, or would have
        self.absent = self.stuck = False
        self.tips = 0
        self._pin: InputPin | None = None
        self._next: Event | None = None
        self._reset()
        self._follow()
        self._rain.observers.append(self._follow)

    def connect(self, name: str, pin: InputPin) -> None:
        self._pin = pin
        self._show()

    def power(self, on: bool) -> None:
        if on:
            self._reset()
            self._show()

    def _follow(self) -> None:
        """Wait for the next tip."""
        if self._next:
            self._next.cancel()
        at_us = self._rain.reaches_us((self._emptied + 1) * self._tip_mm)
        if at_us is not None:
            self._next = self._queue.at(at_us, self._tip)
        elif (ends_us := self._rain.ends_us()) is not None:
            self._next = self._queue.at(ends_us, self._follow)

    def write(self, data: bytes) -> None:
        if self.absent:
            raise NackError
        if data:
            self._pointer = data[0]
        for value in data[1:]:
            self._registers[self._pointer] = value
            self._pointer = (self._pointer + 1) % REGISTERS
        self._show()

    def read(self, length: int) -> bytes:
        if self.absent:
            raise NackError
        places = [(self._pointer + i) % REGISTERS for i in range(length)]
        self._pointer = (self._pointer + length) % REGISTERS
        return bytes(self._registers[place] for place in places)

    def _reset(self) -> None:
        self._registers = bytearray(REGISTERS)
        self._pointer = 0

    def _tip(self) -> None:
        self._emptied += 1
        if not self.stuck:
            self.tips += 1
            self._count()
        self._follow()

    def _count(self) -> None:
        control = self._registers[CONTROL]
        if control & MODE != EVENT_COUNTER or control & STOP:
            return
        digits = self._registers[COUNTER : COUNTER + DIGIT_PAIRS]
        count = (int(digits[::-1].hex()) + 1) % 100**DIGIT_PAIRS
        digits = bytes.fromhex(f"{count:06}")[::-1]
        self._registers[COUNTER : COUNTER + DIGIT_PAIRS] = digits
        is_watched = self._registers[ALARM_CONTROL] & EVENT_ALARM_FUNCTION == EVENT_ALARM
        if is_watched and control & ALARM_ENABLE and digits == self._registers[ALARM : ALARM + DIGIT_PAIRS]:
            self._registers[CONTROL] |= ALARM_FLAG
            self._show()

    def _show(self) -> None:
        """The interrupt, behind the board's inverter."""
        wanted = self._registers[ALARM_CONTROL] & ALARM_INTERRUPT and self._registers[CONTROL] & ALARM_FLAG
        if self._pin:
            self._pin.level(int(bool(wanted)))
