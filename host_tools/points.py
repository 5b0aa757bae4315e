"""Points: what a product measures and controls, as one table for node, collector and people.

A report carries plain integers; the table says what they mean.  Its id is a hash of its content, so a
collector never decodes a report with another version's table.  What a point's rules are (its range, its
thresholds: host_tools/boards/rules.py) is not in it: they decide which reports there are, not what they mean.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction

from protocols.report.layout import MAX_POINTS, SCHEMA_BITS

SCHEMA_ID_BITS = SCHEMA_BITS  # of the SHA-256 of the table; the build refuses a collision
MAX_INTEGER = 2**30 - 1  # the node's encode path has no larger integers

# What a point reads: None without a reading, and text, INVALID, if the reading cannot be right.
Reading = int | float | str | None

# A driver's field names end in their unit: suffix -> SenML unit (RFC 8428, RFC 8798) and the value of one.
FIELD_UNITS = {
    "mv": ("V", Fraction(1, 1000)),
    "ma": ("A", Fraction(1, 1000)),
    "ua": ("A", Fraction(1, 1_000_000)),
    "mw": ("W", Fraction(1, 1000)),
    "wh": ("Wh", Fraction(1)),
    "mah": ("Ah", Fraction(1, 1000)),
    "h": ("h", Fraction(1)),
    "mhz": ("Hz", Fraction(1, 1000)),
    "mdegc": ("Cel", Fraction(1, 1000)),
    "mpct": ("%RH", Fraction(1, 1000)),
    "mdba": ("dB", Fraction(1, 1000)),
    "percent": ("/100", Fraction(1)),
    "permil": ("/", Fraction(1, 1000)),
    "ppm": ("ppm", Fraction(1)),
    "ppb": ("ppm", Fraction(1, 1000)),
    "mm": ("m", Fraction(1, 1000)),
    "um": ("mm", Fraction(1, 1000)),
    "mmph": ("mm/h", Fraction(1)),
    "umph": ("mm/h", Fraction(1, 1000)),
    "pa": ("Pa", Fraction(1)),
    "lps": ("m3/s", Fraction(1, 1000)),
    "mlps": ("m3/s", Fraction(1, 1_000_000)),
    "m3": ("m3", Fraction(1)),
    "mmps": ("m/s", Fraction(1, 1000)),
    "mntu": ("NTU", Fraction(1, 1000)),
    "uspcm": ("S/m", Fraction(1, 10_000)),
    "centiph": ("pH", Fraction(1, 100)),
    "mrad": ("rad", Fraction(1, 1000)),
    "count": ("count", Fraction(1)),
    "code": ("/", Fraction(1)),  # a number that stands for something
    "b": ("B", Fraction(1)),
    "s": ("s", Fraction(1)),
    "dbm": ("dBm", Fraction(1)),
    "db": ("dB", Fraction(1)),
}
SIGNAL = ("/", Fraction(1))  # of fields like `is_open`: 0 or 1
# For people: how a unit is written.
UNIT_SYMBOLS = {"Cel": "°C", "/100": "%"}


class PointError(ValueError):
    """A point declaration is wrong; the text begins with the field."""


@dataclass(frozen=True)
class Point:
    """`divisor` turns the driver's integer into the report's; `scale` the report's into `unit`."""

    name: str
    part: str
    field: str
    path: str
    unit: str
    scale: str  # decimal text, exact
    divisor: int
    kind: str
    priority: str

    @property
    def symbol(self) -> str:
        return "dB(A)" if self.field.endswith("_mdba") else UNIT_SYMBOLS.get(self.unit, self.unit)


def field_unit(field: str) -> tuple[str, Fraction]:
    """SenML unit and step of a driver's field.  KeyError: its name ends in none."""
    return SIGNAL if field.startswith("is_") else FIELD_UNITS[field.rpartition("_")[2]]


def exact(number: float) -> Fraction:
    """A number of a board file as it was written, unless with more digits than a float has."""
    return Fraction(f"{number:.15g}")


def make_point(name: str, declaration) -> Point:
    """The point that a board file declares.  Raises PointError."""
    part, _, field = declaration.source.partition(".")
    unit, step = field_unit(field)
    if declaration.unit != unit:
        raise PointError(f"unit: {declaration.source} is in {unit}, not in {declaration.unit}")
    scale = f"{declaration.scale:.15g}"
    divisor = exact(declaration.scale) / step
    if divisor > MAX_INTEGER:
        raise PointError(f"scale: {scale} is {divisor} of the driver's steps, more than {MAX_INTEGER}")
    if divisor.denominator != 1:
        raise PointError(f"scale: {scale} is no multiple of the driver's step, {float(step)}")
    return Point(
        name=name,
        part=part,
        field=field,
        path=declaration.path,
        unit=unit,
        scale=scale,
        divisor=int(divisor),
        kind=declaration.kind,
        priority=declaration.priority,
    )


class PointTable:
    """All points of a product, in the order of the report."""

    def __init__(self, product: str, points: Sequence[Point]):
        if len(points) > MAX_POINTS:
            raise PointError(f"{len(points)} points, more than the {MAX_POINTS} of a report")
        self.product = product
        self.points = tuple(points)
        text = json.dumps(self.content(), sort_keys=True)
        digest = hashlib.sha256(text.encode()).digest()
        self.schema_id = int.from_bytes(digest, "big") >> (256 - SCHEMA_ID_BITS)
        self._scales = [Fraction(p.scale) for p in self.points]

    def content(self) -> list:
        """All that the table says, as JSON has it; the schema id is its hash."""
        return [self.product, [asdict(point) for point in self.points]]

    def decode(self, values: Sequence[int | str | None]) -> dict[str, Reading]:
        """Point name -> value in the point's unit; ValueError if there are more or fewer than points."""
        if len(values) != len(self.points):
            raise ValueError(f"{len(values)} values for the {len(self.points)} points of {self.product}")
        return {
            point.name: _plain(value * scale) if isinstance(value, int) else value
            for point, value, scale in zip(self.points, values, self._scales, strict=True)
        }


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
