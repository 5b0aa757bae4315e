"""BL0942 on SPI in four-wire mode (Belling datasheet V1.06, 3.1 "SPI").

A frame has six bytes: read or write, the register, 24 bits with the high byte first, the checksum; of a
read the last four are the part's.  The end of a selection does not end a frame, six bytes of 0xFF do.
Bytes that begin no frame are ignored.
"""

import random

from host_tools.simulator.buses import SPIDevice
from host_tools.simulator.devices.bl0942 import READ, WRITE, Bl0942, checksum
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

FRAME_LENGTH = 6
HEAD_LENGTH = 2
IDLE = 0xFF  # what the board sees while the part sends nothing: its input is pulled up


class Bl0942Spi(Bl0942, SPIDevice):
    """`settings` are those of Bl0942."""

    def __init__(self, _queue: EventQueue, world: World, _rng: random.Random, **settings):
        super().__init__(world, **settings)
        self._frame = bytearray()
        self._answer = b""  # what is left of it
        self._last = bytearray(FRAME_LENGTH)

    def transfer(self, data: bytes) -> bytes:
        return bytes([self._exchange(byte) for byte in data])

    def _exchange(self, byte: int) -> int:
        """One byte comes in while another goes out."""
        out, self._answer = (self._answer[0], self._answer[1:]) if self._answer else (IDLE, b"")
        self._last = self._last[1:] + bytes((byte,))
        if self._last == b"\xff" * FRAME_LENGTH:
            self._frame.clear()
            self._answer = b""
        elif self._frame or byte in (READ, WRITE):
            self._frame.append(byte)
            self._act()
        return out

    def _act(self) -> None:
        command, frame = self._frame[0], bytes(self._frame)
        if command == READ and len(frame) == HEAD_LENGTH:
            value = self.read_register(frame[1]).to_bytes(3, "big")
            self._answer = self.faults.apply(value + bytes((checksum(frame + value),)))
        if len(frame) < FRAME_LENGTH:
            return
        self._frame.clear()
        self._answer = b""
        if command == WRITE and frame[5] == checksum(frame[:5]):
            self.write_register(frame[1], int.from_bytes(frame[2:5], "big"))
