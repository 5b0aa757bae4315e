"""The gas modules of a chamber, measured seldom.

Their switch is on P0 of a PCF8574, which keeps its level over a sleep; P0 is high, and the switch off, when
power comes on.
"""

from firmware.kept import GAS_SLOT
from firmware.seldom import Seldom
from protocols.errors import BusError

ON, OFF = b"\xfe", b"\xff"


class GasPanel(Seldom):
    """`i2c` has machine.I2C's `writeto`; ch4 to o2 are the modules, each of which reads its field.

    `read` raises BusError if the switch does not answer.
    """

    FIELDS = "ch4_ppm", "h2s_ppb", "co_ppm", "o2_permil"
    WARM_UP_S = 180

    def __init__(self, i2c, address, ch4, h2s, co, o2, **settings):
        self._i2c = i2c
        self._address = address
        super().__init__((ch4, h2s, co, o2), GAS_SLOT, **settings)

    def _switch(self, is_on):
        """As it should be, whatever it was."""
        try:
            self._i2c.writeto(self._address, ON if is_on else OFF)
            return
        except OSError as error:
            reason = str(error)
        raise BusError("PCF8574 at 0x%02x: %s" % (self._address, reason))
