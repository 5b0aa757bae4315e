"""BL0942 on SPI with chip select (datasheet V1.06, 3.1 "SPI"): registers one by one.

A frame is 0x58 and the register, then the part clocks out the register's 24 bits, high byte first, and
the checksum.  Six bytes of 0xFF bring an interface that has lost count of its bits back to a frame's start.
"""

from drivers.bl0942 import ATTEMPTS, BL0942, READ, checksum
from protocols.errors import BusError

I_RMS, V_RMS, WATT, CF_CNT, FREQ = 3, 4, 6, 7, 8
RESET_INTERFACE = b"\xff" * 6


class BL0942Spi(BL0942):
    """`bus` has `transfer(data)`, which selects the part meanwhile and returns as many bytes.

    `scale` is as BL0942 takes it.
    """

    SPI_MODE = 1  # clock idles low, data is taken at its falling edge; up to 900 kHz

    def __init__(self, bus, **scale):
        super().__init__(**scale)
        self._bus = bus

    async def _counts(self):
        return [self._register(register) for register in (I_RMS, V_RMS, WATT, CF_CNT, FREQ)]

    def _register(self, register):
        command = bytes((READ, register))
        for _ in range(ATTEMPTS):
            answer = self._bus.transfer(command + bytes(4))[2:]
            if checksum(command + answer[:3]) == answer[3]:
                return answer[0] << 16 | answer[1] << 8 | answer[2]
            self._bus.transfer(RESET_INTERFACE)
        raise BusError(f"BL0942: wrong checksum of register 0x{register:02x}")
