"""A tipping bucket whose tips an NXP PCF8583 counts, whether the chip that reads it is awake or not.

It is in its event-counter mode: six BCD digits, and an alarm when they reach a number (datasheet PCF8583,
Rev. 06, 7.2 to 7.5).  Its interrupt output, low in an alarm, is wired to the chip through an inverter.
"""

from protocols.errors import BusError

CONTROL, COUNTER, ALARM_CONTROL, ALARM = 0x00, 0x01, 0x08, 0x09  # registers
EVENT_COUNTER, ALARM_ENABLE = 0x20, 0x04  # in CONTROL; written, they clear the alarm's flag
MODE = 0x30
EVENT_ALARM, ALARM_INTERRUPT = 0x10, 0x80  # in ALARM_CONTROL
DIGIT_PAIRS = 3
LIMIT = 1_000_000


class RainCounter:
    """`i2c` has machine.I2C's `readfrom_mem` and `writeto_mem`.  Settings: those of `configure`."""

    def __init__(self, i2c, alarm, address=0x50, **settings):
        """alarm: the pin of its interrupt, which wakes the chip by itself."""
        self._i2c = i2c
        self._address = address
        alarm.init(alarm.IN)
        self.configure(**settings)

    def configure(self, tip_um=200):
        """tip_um: the rain of one tip, in thousandths of a millimetre."""
        self.tip_um = tip_um

    async def read(self):
        """`tips_count` since the counter was switched on.  BusError if it does not answer."""
        try:
            if self._read(CONTROL, 1)[0] & MODE != EVENT_COUNTER:  # its supply has come
                self._write(ALARM_CONTROL, bytes(1))
                self._write(CONTROL, bytes((EVENT_COUNTER | ALARM_ENABLE, 0, 0, 0)))
            data = self._read(COUNTER, DIGIT_PAIRS)
        except OSError as error:
            raise self._failed(error)
        tips = 0
        for i in range(DIGIT_PAIRS):
            tips += ((data[i] >> 4) * 10 + (data[i] & 15)) * 100**i
        self._tips = tips
        return {"tips_count": tips}

    def wake_after(self, tips):
        """Have the alarm come so many tips after the last reading; None: not at all.  BusError as `read`."""
        at = (self._tips + (tips or 0)) % LIMIT
        pairs = [at // 100**i % 100 for i in range(DIGIT_PAIRS)]
        try:
            control = EVENT_ALARM | ALARM_INTERRUPT if tips else 0
            self._write(ALARM_CONTROL, bytes([control] + [pair // 10 << 4 | pair % 10 for pair in pairs]))
            self._write(CONTROL, bytes((EVENT_COUNTER | ALARM_ENABLE,)))
        except OSError as error:
            raise self._failed(error)

    def _read(self, register, count):
        return self._i2c.readfrom_mem(self._address, register, count)

    def _write(self, register, data):
        self._i2c.writeto_mem(self._address, register, data)

    def _failed(self, error):
        return BusError(f"rain counter at 0x{self._address:02x}: {error}")
