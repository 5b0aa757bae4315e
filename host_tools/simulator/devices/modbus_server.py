"""What all Modbus RTU parts have in common (Modbus over Serial Line V1.02, 2.4.2 and 2.5.1).

A frame ends with 3.5 characters of silence.  Frames with a wrong CRC, to others or to everybody get
no answer.  Only the two functions that read registers are there; parts that are written to add theirs.
"""

import random
import struct

from host_tools.simulator.buses import SerialDevice
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.devices.silence import Silence
from host_tools.simulator.kernel import Event, EventQueue
from protocols import modbus_rtu
from protocols.errors import DecodeError

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 0x01, 0x02, 0x03
REPLY_DELAY_US = (10_000, 50_000)
READ_REQUEST_DATA = 4  # bytes: start and count
CHARACTER_BITS = 11  # start, eight data, parity (or a second stop), stop
FAST_BAUDRATE = 19200  # above it the gap is fixed, so that its interrupts stay bearable
FAST_FRAME_GAP_US = 1750


def frame_gap_us(baudrate: int) -> int:
    """The silence that ends a frame: 3.5 characters, or 1.75 ms above 19200 baud (Serial Line, 2.5.1.1)."""
    if baudrate > FAST_BAUDRATE:
        return FAST_FRAME_GAP_US
    return -(-CHARACTER_BITS * 3_500_000 // baudrate)


def float_words(value: float) -> tuple[int, int]:
    """Of a single float the high word and the low one."""
    return struct.unpack(">HH", struct.pack(">f", value))


class ModbusServer(SerialDevice):
    """A part with registers; a subclass says what they hold."""

    def __init__(self, queue: EventQueue, rng: random.Random, address: int, baudrate: int):
        self._queue = queue
        self._rng = rng
        self.address = address
        self.baudrate = baudrate
        self.faults = ReplyFaults()
        self.answers_as: int | None = None  # a fault: the address that replies carry
        self._silence = Silence(queue)
        self._frame = bytearray()
        self._frame_end: Event | None = None

    def register(self, number: int) -> int | None:
        """The 16 bits of register `number`, None if there is no such register."""
        raise NotImplementedError

    def receive(self, data: bytes) -> None:
        gap_us = frame_gap_us(self.baudrate)
        if self._silence.before_us(data, self.baudrate) >= gap_us:
            self._frame.clear()
        self._frame += data
        if self._frame_end:
            self._frame_end.cancel()
        self._frame_end = self._queue.after(gap_us, self._serve)

    def _serve(self) -> None:
        """The line fell silent, or the next piece of a long frame is on its way: its CRC is not right yet."""
        try:
            body = modbus_rtu.check_frame(self._frame)
        except DecodeError:
            return
        self._frame.clear()
        if body[0] == self.address:
            self._answer(body[1], body[2:])

    def _answer(self, function: int, data: bytes) -> None:
        if function not in modbus_rtu.READS:
            self._refuse(function, ILLEGAL_FUNCTION)
            return
        if len(data) != READ_REQUEST_DATA:
            self._refuse(function, ILLEGAL_VALUE)
            return
        start, count = modbus_rtu.unpack_words(data)
        if not 1 <= count <= modbus_rtu.MAX_READ:
            self._refuse(function, ILLEGAL_VALUE)
            return
        values = [self.register(number) for number in range(start, start + count)]
        if None in values:
            self._refuse(function, ILLEGAL_ADDRESS)
            return
        self._reply(function, bytes((2 * count,)) + modbus_rtu.words(values))

    def _refuse(self, function: int, code: int) -> None:
        self._reply(function | modbus_rtu.EXCEPTION_FLAG, bytes((code,)))

    def _reply(self, function: int, data: bytes) -> None:
        address = self.address if self.answers_as is None else self.answers_as
        reply = self.faults.apply(modbus_rtu.frame(address, function, data))
        self.line.send(reply, self._rng.randrange(*REPLY_DELAY_US))
