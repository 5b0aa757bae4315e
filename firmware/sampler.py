"""Asks every part once and turns the answers into a report's values."""

import asyncio

from protocols.report.encoder import INVALID

WORKS = "works"


class Sampler:
    """Asks all parts at once, so that a sample takes as long as the slowest; those on one line take turns.

    `timeout_ms` is for a driver that would never end.  It covers the wait for the line too: it must be longer
    than all parts of a line need when they are silent.  Good values are not kept over sleep: the first sample
    of a Sampler has no jumps.
    """

    def __init__(self, parts, points, log, timeout_ms=10000):
        """parts: name -> driver with `async read() -> {field: int}`; log: called with a line of text.

        points: (name, part, field, divisor, least, most, jump, stuck) each, as `board` has them.
        """
        self._parts = parts
        self._points = points
        self._log = log
        self._timeout_s = timeout_ms / 1000
        self._said = {}  # part -> its last line in the log
        self._good = {}  # index of a point with `jump` -> its last good value
        self._jumped = {}  # the same -> its last value, if that was a jump

    async def sample(self):
        """The values of all points in the table's order.

        A value is a scaled integer; None if the part failed, took too long or has none; INVALID out of
        the range, or at a jump from the last good value that no second sample in a row has confirmed.
        """
        readings = {point[1]: {} for point in self._points}
        await asyncio.gather(*[self._ask(name, readings) for name in readings])
        return [self._value(i, readings) for i in range(len(self._points))]

    async def _ask(self, name, readings):
        """Read one part.  That it fails is logged when it begins, changes and ends."""
        said = WORKS
        try:
            readings[name] = await asyncio.wait_for(self._parts[name].read(), self._timeout_s)
        except MemoryError:
            raise
        except Exception as error:  # of any kind: a driver's bug stops no other part
            said = repr(error)
        if said != self._said.get(name, WORKS):
            self._log("sampler: %s: %s" % (name, said))
        self._said[name] = said

    def _value(self, i, readings):
        _, part, field, divisor, least, most, jump, _ = self._points[i]
        jumped = self._jumped.pop(i, None)
        value = readings[part].get(field)
        if value is None:
            return None
        # Rounded half away from zero, in integers: floats are single precision on the chip.
        half = divisor // 2
        value = (value + half) // divisor if value >= 0 else -((half - value) // divisor)
        if least is not None and not least <= value <= most:
            return INVALID
        if jump is not None:
            is_jump = abs(value - self._good.get(i, value)) > jump
            if is_jump and (jumped is None or abs(value - jumped) > jump):
                self._jumped[i] = value
                return INVALID
            self._good[i] = value
        return value
