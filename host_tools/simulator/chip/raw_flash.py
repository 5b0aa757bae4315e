"""The whole flash, for `esp32.Partition`."""

import struct

from host_tools.simulator.flash import NorFlash
from host_tools.simulator.vm.files import CallFile

FRAME = struct.Struct("<ii")  # operation, address; data or room for it follows
READ, PROGRAM, ERASE = range(3)


class RawFlash(CallFile):
    """`/dev/flash`.  To erase, the address and the number of bytes that follow are whole sectors."""

    def __init__(self, flash: NorFlash):
        self._flash = flash

    def call(self, frame: bytes) -> bytes:
        operation, address = FRAME.unpack_from(frame)
        data = frame[FRAME.size :]
        if operation == READ:
            data = self._flash.read(address, len(data))
        elif operation == PROGRAM:
            self._flash.program(address, data)
        elif operation == ERASE:
            self._flash.erase(address, len(data))
        return frame[: FRAME.size] + data
