"""A sensor on Modbus RTU whose driver is a table: which registers to read, and what they hold."""

from drivers.switched import SwitchedSensor
from protocols.errors import BusError
from protocols.modbus_rtu import signed

# Types, as bits: two words; two's complement; a float of IEEE 754.
U16, U32, S16, S32, F32 = 0, 1, 2, 3, 5
WIDE, SIGNED, FLOAT = 1, 2, 4
LOW_WORD_FIRST, LOW_BYTE_FIRST = 8, 16  # added to the type, where it is not the high one
MOST = 1 << 30
NO_NUMBER = 0xFF  # exponent of infinities and of what is no number
UNIT_EXPONENT = 150  # of the last bit of a float's 24


class RegisterSensor(SwitchedSensor):
    """BLOCKS: (first register, count) of each transaction; what may be read at once is the sensor's matter.

    FIELDS: (name, place of its first word among all that are read, type, times, per) each: the value in the
    field's unit is that number, times `times`, by `per`.
    """

    async def read(self):
        """The fields; BusError if one has no number that fits a report, and as ModbusMaster."""
        words = await self.registers(*self.BLOCKS)
        fields = {}
        for name, place, kind, times, per in self.FIELDS:
            fields[name] = value = scaled(words[place : place + 2], kind, times, per)
            if value is None:
                raise BusError("%s: no number" % name)
        return fields


def scaled(words, kind, times, per):
    """The number in one or two words, times `times` by `per`, rounded to an integer; None if it has none.

    In integers throughout: floats are single precision on the chip, which is what the product would lose.
    """
    if kind & LOW_BYTE_FIRST:
        words = [(word & 0xFF) << 8 | word >> 8 for word in words]
    high, low = words[0], words[-1]
    if kind & LOW_WORD_FIRST:
        high, low = low, high
    if kind & FLOAT:
        exponent = high >> 7 & 0xFF
        if exponent == NO_NUMBER:
            return None
        number = ((high & 0x7F | 0x80) << 16 | low) if exponent else 0  # below 2^-126 it is nothing
        if high & 0x8000:
            number = -number
        if exponent > UNIT_EXPONENT:
            number <<= exponent - UNIT_EXPONENT
        else:
            per <<= UNIT_EXPONENT - exponent
    else:
        number = signed(high) if kind & SIGNED else high
        if kind & WIDE:
            number = (number << 16) + low
    number = (2 * number * times + per) // (2 * per)
    return number if -MOST < number < MOST else None
