"""SenML's units and how the secondary ones convert; the registry is senml_units.toml."""

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Unit:
    """A value in it is value × `scale` + `offset` in the `primary` unit; a primary unit's own is itself."""

    symbol: str
    primary: str
    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    @property
    def is_secondary(self) -> bool:
        """Whether a pack that uses it must be of version 26 (RFC 8798 section 4)."""
        return self.symbol != self.primary

    def to_primary(self, value: Fraction | int) -> Fraction:
        return value * self.scale + self.offset

    def from_primary(self, value: Fraction | int) -> Fraction:
        return (value - self.offset) / self.scale


@cache
def units() -> dict[str, Unit]:
    """All registered units by symbol."""
    data = tomllib.loads(files("host_tools").joinpath("senml_units.toml").read_text(encoding="utf-8"))
    known = {symbol: Unit(symbol, symbol) for symbol in data["primary"] + data["discouraged"]}
    for symbol, entry in data["secondary"].items():
        offset = Fraction(entry.get("offset", 0))
        known[symbol] = Unit(symbol, entry["primary"], Fraction(entry["scale"]), offset)
    return known
