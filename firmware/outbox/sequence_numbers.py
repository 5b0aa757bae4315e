"""Sequence numbers of records, none of which is ever given twice.

What is stored is the limit below which all numbers may be gone.  It is stored before the first of the
next `STEP` numbers is used, and who starts goes on there: so a start skips up to `STEP` numbers, and no
moment of a power cut repeats one.  NVS is not touched when the file system is formatted.
"""

KEY = "sequence"
STEP = 64  # 2^30 numbers are 16 million starts, or a report a minute for 2,000 years


class SequenceNumbers:
    """`nvs`: get_i32, set_i32, commit, as esp32.NVS; `least`: above all numbers that are known otherwise.

    `boot` is the first number that this start may give: it tells the starts that gave any apart.
    """

    def __init__(self, nvs, least=0, kept=(-1, -1)):
        """kept: the property, from before a deep sleep, in which nobody else can have taken numbers."""
        try:
            stored = nvs.get_i32(KEY)
        except OSError:  # a new board
            stored = 0
        self._limit = max(stored, least)
        self._next = kept[0] if kept[1] == stored and least <= kept[0] else self._limit
        self.boot = self._next
        self._nvs = nvs

    def take(self):
        """The next number.  OSError from NVS: none is given."""
        if self._next == self._limit:
            self._nvs.set_i32(KEY, self._limit + STEP)
            self._nvs.commit()
            self._limit += STEP
        self._next += 1
        return self._next - 1

    @property
    def kept(self):
        """(the next number, the limit), for a deep sleep: who goes on from there skips none."""
        return self._next, self._limit
