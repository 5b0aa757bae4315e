"""Reads packed reports (docs/messages.md, "Packed reports"); it needs no point table for that.

Of the ways to code a column's offsets any is taken: which is shortest is the encoder's business.  All
else has one form, and another is refused.
"""

from protocols.errors import DecodeError
from protocols.report.layout import (
    CODE_BITS,
    COUNT_BITS,
    LENGTH_BITS,
    MAX_CODE,
    MAX_COUNTER,
    MAX_VALUE,
    POINTS,
    POINTS_BITS,
    SCHEMA_BITS,
    SEQUENCE,
    TIME,
)

INVALID = "invalid"  # what a decoded row holds where the node had a reading that cannot be right


def decode(data):
    """(schema id, rows) of the bytes `data`; a row is [sequence, time, values…] as the encoder's.

    None stands for what is absent, INVALID for what is invalid.  DecodeError on anything that no
    encoder writes.  A message of a few hundred bytes may hold up to 64 rows of 257 numbers.
    """
    bits = _Bits(data)
    schema_id = bits.take(SCHEMA_BITS)
    count = bits.take(COUNT_BITS) + 1
    points = bits.take(POINTS_BITS)
    gaps = bits.take(1)
    columns = [_column(bits, column, count, gaps) for column in range(POINTS + points)]
    if gaps and not any(None in column or INVALID in column for column in columns):
        raise DecodeError("gaps are announced, and there are none")
    bits.end()
    return schema_id, [[column[i] for column in columns] for i in range(count)]


class _Bits:
    """The bits of some bytes, the highest of each byte first."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def take(self, width):
        """The next `width` bits as an unsigned integer."""
        value = 0
        while width > 0:
            byte, used = self._at >> 3, self._at & 7
            if byte >= len(self._data):
                raise DecodeError("a packed report ends early")
            now = min(width, 8 - used)
            value = value << now | self._data[byte] >> 8 - used - now & (1 << now) - 1
            self._at += now
            width -= now
        return value

    def end(self):
        """No bits are left but zeros up to the end of the byte."""
        if self._at + 7 >> 3 != len(self._data) or self.take(-self._at & 7):
            raise DecodeError("more after a packed report")


def _column(bits, column, count, gaps):
    """The column's entry of every row."""
    if not gaps or column == SEQUENCE or not bits.take(1):
        return _numbers(bits, column, count)
    entries = [_presence(bits, column) for _ in range(count)]
    size = entries.count(0)
    if size == count:
        raise DecodeError("a column with gaps has none")
    numbers = iter(_numbers(bits, column, size))
    return [next(numbers) if entry == 0 else entry for entry in entries]


def _presence(bits, column):
    """0 for a number that is there, otherwise what stands in its place."""
    if not bits.take(1):
        return 0
    if not bits.take(1):
        return None
    if column == TIME:
        raise DecodeError("an invalid time")
    return INVALID


def _numbers(bits, column, size):
    if size == 0:
        return []
    if size == 1:
        numbers = [_number(bits, column)]
    elif bits.take(1):
        numbers = [_number(bits, column)]
        least = _number(bits, POINTS)
        for offset in _offsets(bits, size - 1):
            if abs(least + offset) > MAX_VALUE:
                raise DecodeError("a step out of range")
            numbers.append(numbers[-1] + least + offset)
    else:
        least = _number(bits, column)
        numbers = [least + offset for offset in _offsets(bits, size)]
    for number in numbers:
        if not (abs(number) <= MAX_VALUE if column >= POINTS else 0 <= number <= MAX_COUNTER):
            raise DecodeError("a number out of range")
    return numbers


def _number(bits, column):
    length = bits.take(LENGTH_BITS)
    number = 1 << length - 1 | bits.take(length - 1) if length else 0
    if column < POINTS:
        return number
    return -(number + 1 >> 1) if number & 1 else number >> 1


def _offsets(bits, size):
    code = bits.take(CODE_BITS)
    if code == 0:
        return [0] * size
    if code > MAX_CODE:
        raise DecodeError("a code that is not defined")
    offsets = []
    for _ in range(size):
        upper = 0
        while bits.take(1):
            upper += 1
        offsets.append(upper << code - 1 | bits.take(code - 1))
    if min(offsets) > 0 or max(offsets) == 0:
        raise DecodeError("offsets that are not from the least")
    return offsets
