"""Which parts and points have failed, and which work again.

    what          begins                                    ends (WORKS)
    SILENT        `after` samples without any value          the first value
    OUT_OF_RANGE  `after` INVALID samples in a row           the first good value
    STUCK         the point's `stuck` equal values in a row  the first other good value

SILENT is told of a part, under the part's name, and the rest of a point: a broken wire is one event, however
many points the part has.  A point that has no value while its part answers is no fault.

`told` is as firmware/reporter.py has it: it decides which faults there are, `kept` what led to them.
"""

import struct

from protocols.message_numbers import OUT_OF_RANGE, SILENT, STUCK, WORKS
from protocols.report.encoder import INVALID

NAME, PART, STUCK_AFTER = 0, 1, 7  # in a point
COUNT, LAST, TOLD = 0, 1, 2  # in a row: so many samples had the value LAST; TOLD is the fault that was told
MOST_COUNT = 0xFFFF  # that is kept
UNKNOWN = INVALID + 1  # which value is stuck: power was off, and whatever comes first is taken for it


class Faults:
    """Judges sample after sample; what it remembers is a row for each point, then one for each part."""

    def __init__(self, points, after=3, kept=b"", told=()):
        """points: (name, part, field, divisor, least, most, jump, stuck) each, as `board` has them.

        kept, told: the properties, from before a reset or sleep; `kept` of another length is ignored.
        """
        self._points = points
        self._after = after
        self._parts = []
        for point in points:
            if point[PART] not in self._parts:
                self._parts.append(point[PART])
        self._rows = [[0, INVALID, WORKS] for _ in range(len(points) + len(self._parts))]
        for code in told:
            what = code >> 1 & 3
            if what:
                # What may not have been told is counted anew, and told again.
                count = 0 if code & 1 else MOST_COUNT
                self._rows[code >> 3] = [count, UNKNOWN if what == STUCK else INVALID, what]
        if len(kept) == len(self.kept):
            self._restore(kept)

    def judge(self, values):
        """[(name, what)]: what begins and what is over with this sample's values (Sampler.sample)."""
        told = []
        points = self._points
        for i in range(len(self._parts)):
            name, row = self._parts[i], self._rows[len(points) + i]
            own = [k for k in range(len(points)) if points[k][PART] == name]
            answer = INVALID if all(values[k] is None for k in own) else 0
            if self._follow(told, row, name, answer, SILENT, None) == SILENT:
                # What is wrong with a point after the silence is told again: it may have its part's name.
                for k in own:
                    self._rows[k][COUNT] = 0
        for i in range(len(points)):
            name, stuck = points[i][NAME], points[i][STUCK_AFTER]
            if values[i] is not None:
                self._follow(told, self._rows[i], name, values[i], OUT_OF_RANGE, stuck)
        return told

    def _follow(self, told, row, name, value, wrong, stuck):
        """Count one more sample in its row.  Returns what it adds to `told`, or None.

        wrong: the fault that an INVALID value means.  stuck: how many equal others are one, or None.
        """
        is_same = value == row[LAST] or (row[LAST] == UNKNOWN and value != INVALID)
        row[COUNT] = row[COUNT] + 1 if is_same else 1
        row[LAST] = value
        limit, what = (self._after, wrong) if value == INVALID else (stuck, STUCK)
        if row[COUNT] != limit:
            if row[TOLD] == WORKS or value == INVALID or (limit and row[COUNT] > limit):
                return None
            what = WORKS
        row[TOLD] = what
        told.append((name, what))
        return what

    @property
    def told(self):
        """The faults that there are, for all that the node forgets otherwise."""
        told = set()
        for i in range(len(self._rows)):
            count, _, what = self._rows[i]
            if what:
                limit = self._points[i][STUCK_AFTER] if what == STUCK else self._after
                told.add(i << 3 | what << 1 | (count < (limit or 0)))
        return told

    @property
    def kept(self):
        """For resets and sleep: two bytes for each point and each part, four more for those with `stuck`."""
        data = b""
        for i in range(len(self._rows)):
            count, last, _ = self._rows[i]
            has_stuck = self._has_stuck(i)
            if not has_stuck and last != INVALID:
                count = 0  # of good values nobody asks
            data += struct.pack("<H", min(count, MOST_COUNT))
            if has_stuck:
                data += struct.pack("<i", last)
        return data

    def _restore(self, kept):
        at = 0
        for i in range(len(self._rows)):
            row = self._rows[i]
            row[COUNT] = struct.unpack_from("<H", kept, at)[0]
            row[LAST] = INVALID
            at += 2
            if self._has_stuck(i):
                row[LAST] = struct.unpack_from("<i", kept, at)[0]
                at += 4

    def _has_stuck(self, i):
        return i < len(self._points) and self._points[i][STUCK_AFTER] is not None
