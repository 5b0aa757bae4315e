"""Sensirion SHT40/41/45 temperature and humidity sensor on I²C (datasheet SHT4x).

The part does not acknowledge a read while it measures, so the driver sleeps through the measurement.
"""

from protocols.compat import sleep_ms
from protocols.errors import BusError

MEASURE_HIGH_REPEATABILITY = b"\xfd"
MEASURING_MS = 10  # the datasheet says at most 8.3, and a millisecond clock may cut one off
ANSWER_LENGTH = 6  # temperature word, its CRC, humidity word, its CRC


class SHT4x:
    """`i2c` has machine.I2C's `writeto` and `readfrom`; the part's address is its order number's letter."""

    def __init__(self, i2c, address=0x44):
        self._i2c = i2c
        self._address = address

    async def read(self):
        """`{"temperature_mdegc": ..., "humidity_mpct": ...}`, thousandths of °C and of % RH.

        Raises BusError if the part does not acknowledge, or a checksum is wrong.
        """
        answer = await self._measure()
        return {
            "temperature_mdegc": temperature_mdegc(self._word(answer[:3])),
            "humidity_mpct": humidity_mpct(self._word(answer[3:])),
        }

    async def _measure(self):
        try:
            self._i2c.writeto(self._address, MEASURE_HIGH_REPEATABILITY)
            await sleep_ms(MEASURING_MS)
            return self._i2c.readfrom(self._address, ANSWER_LENGTH)
        except OSError as error:
            reason = str(error)
        raise BusError(f"SHT4x at 0x{self._address:02x}: {reason}")

    def _word(self, data):
        if crc8(data[:2]) != data[2]:
            raise BusError(f"SHT4x at 0x{self._address:02x}: wrong checksum")
        return data[0] << 8 | data[1]


def temperature_mdegc(ticks):
    """-45 °C + 175 °C x ticks / 65535, rounded.

    175000 / 65535 is 2 + 8786 / 13107: split so, no product leaves 30 bits.
    """
    return 2 * ticks + (8786 * ticks + 6553) // 13107 - 45000


def humidity_mpct(ticks):
    """-6 % + 125 % x ticks / 65535, rounded and cropped to 0-100 %; 125000 / 65535 is 1 + 11893 / 13107."""
    return min(max(ticks + (11893 * ticks + 6553) // 13107 - 6000, 0), 100_000)


def crc8(data):
    """Polynomial 0x31, start 0xFF, neither reflected nor inverted."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return crc
