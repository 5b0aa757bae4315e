"""Packs reports into a buffer (docs/messages.md, "Packed reports"); after set-up it allocates nothing.

A column is written either as offsets from its least value, which suits what jitters around a level,
or as steps, offsets from the least step, which suits counters and clocks: whichever is shorter.
"""

from protocols.errors import EncodeError
from protocols.report.layout import (
    CODE_BITS,
    COUNT_BITS,
    LENGTH_BITS,
    MAX_COUNTER,
    MAX_POINTS,
    MAX_REPORTS,
    MAX_VALUE,
    POINTS,
    POINTS_BITS,
    SCHEMA_BITS,
    SEQUENCE,
    TIME,
)

# What a row holds in place of a value: no reading, or one that cannot be right.  Both are below all values.
ABSENT, INVALID = -MAX_COUNTER, 1 - MAX_COUNTER

# For all encoders: no two are at work at once.
_values = [0] * MAX_REPORTS  # those of one column that are there
_steps = [0] * MAX_REPORTS  # from each of them to the next


class ReportEncoder:
    """Encodes reports of one point table: `schema_id` below 2^24, `points` how many values a row has."""

    def __init__(self, schema_id, points):
        if not (0 <= schema_id < 1 << SCHEMA_BITS and 0 <= points <= MAX_POINTS):
            raise EncodeError("schema id or number of points")
        self._schema_id = schema_id
        self._points = points
        self._values = _values
        self._steps = _steps
        self._buffer = None
        self._at = self._free = 0  # the byte being filled, and its bits that are still free
        self._base = self._code = 0  # see _fit

    def encode_into(self, buffer, start, rows, count):
        """Write the first `count` of `rows` into `buffer` from index `start`; returns the end's index.

        A row is indexable: sequence, time, then the values in the table's order.  Sequence and time are
        0 to MAX_COUNTER, values within MAX_VALUE of 0; a value may be ABSENT or INVALID, a time ABSENT.
        EncodeError: something is out of range, or the buffer is too short, for fewer rows perhaps not.
        """
        if not 0 < count <= MAX_REPORTS:
            raise EncodeError("1 to %d reports at once" % MAX_REPORTS)
        self._buffer = buffer
        self._at = start - 1
        self._free = 0
        self._put(self._schema_id, SCHEMA_BITS)
        self._put(count - 1, COUNT_BITS)
        self._put(self._points, POINTS_BITS)
        gaps = False
        for column in range(POINTS + self._points):
            for i in range(count):
                if _is_gap(rows[i][column], column):
                    gaps = True
        self._put(gaps, 1)
        for column in range(POINTS + self._points):
            self._column(rows, count, column, gaps)
        return self._at + 1

    def _column(self, rows, count, column, gaps):
        size = 0
        for i in range(count):
            value = rows[i][column]
            if value > INVALID:
                self._values[size] = value
                size += 1
        if gaps and column != SEQUENCE:
            self._put(size < count, 1)
            if size < count:
                for i in range(count):
                    self._presence(rows[i][column])
        if size == 1:
            self._number(self._values[0], column)
        elif size:
            self._series(size, column)

    def _presence(self, value):
        if value == ABSENT:
            self._put(2, 2)
        elif value == INVALID:
            self._put(3, 2)
        else:
            self._put(0, 1)

    def _series(self, size, column):
        """Two values or more, as they are or as steps."""
        values, steps = self._values, self._steps
        as_values = self._fit(values, size) + _number_bits(self._base, column)
        base, code = self._base, self._code
        stepwise = True
        for i in range(size - 1):
            steps[i] = values[i + 1] - values[i]
            if abs(steps[i]) > MAX_VALUE:
                stepwise = False
        if stepwise:
            as_steps = self._fit(steps, size - 1) + _number_bits(values[0], column)
            stepwise = as_steps + _number_bits(self._base, POINTS) < as_values
        self._put(stepwise, 1)
        if stepwise:
            self._number(values[0], column)
            self._number(self._base, POINTS)
            self._offsets(steps, size - 1, self._base, self._code)
        else:
            self._number(base, column)
            self._offsets(values, size, base, code)

    def _fit(self, numbers, size):
        """Choose the base and the code for the first `size` numbers; returns the bits of their offsets."""
        base = top = numbers[0]
        for i in range(size):
            base = min(base, numbers[i])
            top = max(top, numbers[i])
        # From the parameter at which no offset is cut, down as long as that saves bits: the sum of the
        # offsets' upper parts grows ever faster on that way, and where it ends it is still small.
        code = _length(top - base) + 1
        cost = size * code
        while code > 1:
            less = size * (code - 1)
            for i in range(size):
                less += numbers[i] - base >> code - 2
            if less >= cost:
                break
            cost = less
            code -= 1
        self._base = base
        self._code = 0 if top == base else code
        return 0 if top == base else cost

    def _offsets(self, numbers, size, base, code):
        self._put(code, CODE_BITS)
        for i in range(size if code else 0):
            offset = numbers[i] - base
            for _ in range(offset >> code - 1):
                self._put(1, 1)
            self._put(offset & (1 << code - 1) - 1, code)  # with the zero that ends the ones

    def _number(self, number, column):
        """Its length, then its bits without the leading one."""
        number = _unsigned(number, column)
        length = _length(number)
        self._put(length, LENGTH_BITS)
        self._put(number, length - 1)

    def _put(self, value, width):
        """The `width` low bits of `value`, the highest first."""
        while width > 0:
            if not self._free:
                self._at += 1
                if self._at >= len(self._buffer):
                    raise EncodeError("the buffer is full")
                self._buffer[self._at] = 0
                self._free = 8
            now = min(width, self._free)
            width -= now
            self._free -= now
            self._buffer[self._at] |= (value >> width & (1 << now) - 1) << self._free


def _is_gap(value, column):
    """Whether `value` stands for none.  Raises EncodeError for what a report cannot hold."""
    if column >= POINTS:
        if abs(value) <= MAX_VALUE:
            return False
        is_gap = ABSENT <= value <= INVALID
    else:
        if 0 <= value <= MAX_COUNTER:
            return False
        is_gap = value == ABSENT and column == TIME
    if not is_gap:
        raise EncodeError("column %d: %d is out of range" % (column, value))
    return True


def _unsigned(number, column):
    """Values may be negative: 0, -1, 1, -2 … become 0, 1, 2, 3 …"""
    if column < POINTS:
        return number
    return 2 * number if number >= 0 else -2 * number - 1


def _length(number):
    """How many bits a number has; int.bit_length is not in MicroPython."""
    length = 0
    while number >> length:
        length += 1
    return length


def _number_bits(number, column):
    return LENGTH_BITS + max(0, _length(_unsigned(number, column)) - 1)
