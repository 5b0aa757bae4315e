"""TI ADS1115 four-channel converter on I²C: single conversions against ground (datasheet SBAS444)."""

from protocols.compat import sleep_ms
from protocols.errors import BusError

CONVERSION, CONFIG = 0, 1
START = 0x8000  # OS: written, it starts a conversion; read, it says that none is going on
AIN0_TO_GND = 0x4000
PGA_4096_MV = 0x0200
SINGLE_SHOT = 0x0100
RATE_128_SPS = 0x0080
COMPARATOR_OFF = 0x0003
CONVERSION_MS = 9  # 1/128 s, and a tenth for its oscillator
ROUNDS = 5
STEP_UV = 125  # of 16 bits at +/- 4.096 V


class ADS1115:
    """`i2c` has machine.I2C's `readfrom_mem` and `writeto_mem`."""

    def __init__(self, i2c, address=0x48):
        self._i2c = i2c
        self._address = address

    async def microvolts(self, channel):
        """The voltage of AIN0 to AIN3.  BusError if the part does not answer, or does not convert."""
        config = START | AIN0_TO_GND | channel << 12 | PGA_4096_MV | SINGLE_SHOT | RATE_128_SPS
        config |= COMPARATOR_OFF
        try:
            self._i2c.writeto_mem(self._address, CONFIG, bytes((config >> 8, config & 0xFF)))
            for _ in range(ROUNDS):
                await sleep_ms(CONVERSION_MS)
                if self._word(CONFIG) & START:
                    count = self._word(CONVERSION)
                    return (count - 0x10000 if count & 0x8000 else count) * STEP_UV
            reason = "does not finish a conversion"
        except OSError as error:
            reason = str(error)
        raise BusError(f"ADS1115 at 0x{self._address:02x}: {reason}")

    def _word(self, register):
        data = self._i2c.readfrom_mem(self._address, register, 2)
        return data[0] << 8 | data[1]
