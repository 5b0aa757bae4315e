"""Electrochemical gas modules on I²C: DFRobot SEN0465 (O2), SEN0466 (CO), SEN0467 (H2S), by one protocol.

Commands and answers are the nine-byte frames of Winsen's UART modules, written to and read from register 0:
FFH, address or command, six bytes, and the two's complement of the sum of the bytes between.  An answer to
86H has the concentration as two bytes, the gas, and by how many digits the concentration is to be shifted
(DFRobot_MultiGasSensor library, V2.0).
"""

from protocols.compat import sleep_ms
from protocols.errors import BusError

REGISTER = 0
LENGTH = 9
READ_CONCENTRATION = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
HEAD = b"\xff\x86"
ANSWER_MS = 100
TRIES = 3


class GasModule:
    """`i2c` has machine.I2C's `readfrom_mem` and `writeto_mem`.  The module has its supply, and is warm.

    `GAS` is the module's code of its gas, `FIELD` the field's name and `DIGITS` how many digits finer its
    unit is than the module's, which is ppm, of oxygen percent.
    """

    def __init__(self, i2c, address):
        self._i2c = i2c
        self._address = address

    async def read(self):
        """The concentration.  Raises BusError without an answer, and if the module is one for another gas."""
        for _ in range(TRIES):
            try:
                self._i2c.writeto_mem(self._address, REGISTER, READ_CONCENTRATION)
                await sleep_ms(ANSWER_MS)
                answer = self._i2c.readfrom_mem(self._address, REGISTER, LENGTH)
            except OSError as error:
                reason = str(error)
                continue
            reason = "no valid answer"
            if answer[:2] == HEAD and checksum(answer) == answer[8]:
                return {self.FIELD: self._concentration(answer)}
        raise BusError("gas module at 0x%02x: %s" % (self._address, reason))

    def _concentration(self, answer):
        if answer[4] != self.GAS:
            raise BusError("gas module at 0x%02x: it is for gas 0x%02x" % (self._address, answer[4]))
        return (answer[2] << 8 | answer[3]) * 10**self.DIGITS // 10 ** answer[5]


class OxygenModule(GasModule):
    GAS, FIELD, DIGITS = 0x05, "o2_permil", 1


class CarbonMonoxideModule(GasModule):
    GAS, FIELD, DIGITS = 0x04, "co_ppm", 0


class HydrogenSulphideModule(GasModule):
    GAS, FIELD, DIGITS = 0x03, "h2s_ppb", 3


def checksum(frame):
    return -sum(frame[1:8]) & 0xFF
