"""TE MS5837-02BA: absolute pressure, also of water, on I²C (data sheet MS5837-02BA, 09/2017).

It sleeps by itself when it has nothing to convert, so nothing switches it.
"""

import struct

from protocols.compat import sleep_ms
from protocols.errors import BusError

RESET, ADC_READ = b"\x1e", 0x00
PROM_READ, PROM_END = 0xA0, 0xAE  # seven words: version and CRC, then C1 to C6
CONVERT = b"\x44", b"\x54"  # D1 and D2, OSR 1024: half a millimetre of water
WAIT_MS = 5  # for the PROM 2.8, for a conversion 2.28 at most, as with an MS5611; the least that is a nap
REMAINDERS = b"\x00\x03\x06\x05\x0c\x0f\x0a\x09\x0b\x08\x0d\x0e\x07\x04\x01\x02"  # of x^4 times 0 to 15
LEAST_PA, MOST_PA = 30_000, 200_000  # of air on a mountain; of its converter


class MS5837:
    """`i2c` has machine.I2C's `writeto` and `readfrom_mem`."""

    def __init__(self, i2c, address=0x76):
        self._i2c = i2c
        self._address = address

    async def read(self):
        """`{"pressure_pa": ..., "temperature_mdegc": ...}`.

        Raises BusError if the part does not acknowledge, its calibration is spoilt, or it has not measured.
        """
        i2c, address = self._i2c, self._address
        reason = "no sound answer"
        try:
            i2c.writeto(address, RESET)  # which also frees one that hangs
            await sleep_ms(WAIT_MS)
            prom = b""
            for command in range(PROM_READ, PROM_END, 2):
                prom += i2c.readfrom_mem(address, command, 2)
            counts = []
            for command in CONVERT:
                i2c.writeto(address, command)
                await sleep_ms(WAIT_MS)
                counts.append(int.from_bytes(i2c.readfrom_mem(address, ADC_READ, 3), "big"))
            pressure, temperature = compensated(struct.unpack(">7H", prom), *counts)
            if not crc4(prom) and counts[1] and LEAST_PA <= pressure <= MOST_PA:
                return {"pressure_pa": pressure, "temperature_mdegc": temperature}
        except OSError as error:
            reason = str(error)
        raise BusError("MS5837: " + reason)


def compensated(prom, d1, d2):
    """(Pa, thousandths of °C) from the PROM's words and both counts; second order below 20 °C."""
    _, c1, c2, c3, c4, c5, c6 = prom
    dt = d2 - (c5 << 8)
    temp = 2000 + (dt * c6 >> 23)
    off = (c2 << 17) + (c4 * dt >> 6)
    sens = (c1 << 16) + (c3 * dt >> 7)
    if temp < 2000:
        square = (temp - 2000) ** 2
        off -= 31 * square >> 3
        sens -= 63 * square >> 5
        temp -= 11 * dt * dt >> 35
    return (d1 * sens >> 21) - off >> 15, 10 * temp


def crc4(prom):
    """0 if the PROM's bytes fit their CRC, x^4 + x + 1.

    It is in their first four bits, 120 places before the end of what is divided: the period of x is 15, so
    there it is taken off the remainder as if it stood at the end.
    """
    crc = 0
    for byte in prom + b"\0":
        crc = REMAINDERS[crc ^ byte >> 4]
        crc = REMAINDERS[crc ^ byte & 15]
    return crc
