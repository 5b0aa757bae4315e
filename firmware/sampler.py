"""Asks every part once and turns the answers into a report's values."""

import board

from protocols.errors import BusError


class Sampler:
    """A part that fails leaves its points without a value; it holds up nothing else."""

    def __init__(self, parts, log):
        """parts: name -> driver with `async read() -> {field: int}`; log: called with a line of text."""
        self._parts = parts
        self._log = log

    async def sample(self):
        """The values of all points in the table's order: scaled integers, None where there is none."""
        readings = {}
        for name in self._parts:
            try:
                readings[name] = await self._parts[name].read()
            except BusError as error:
                self._log("sampler: %s: %s" % (name, error))
                readings[name] = {}
        return [self._scaled(readings, *point) for point in board.POINTS]

    def _scaled(self, readings, _name, part, field, divisor):
        value = readings[part].get(field)
        if value is None:
            return None
        # Rounded half away from zero, in integers: floats are single precision on the chip.
        half = divisor // 2
        return (value + half) // divisor if value >= 0 else -((half - value) // divisor)
