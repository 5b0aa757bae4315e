"""The currents of modems and chips, from currents.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

ESTIMATE = "estimate"


@dataclass(frozen=True)
class Current:
    """In one state.  `by_dbm` is (transmit power, mA) in order of power; of the other states one pair."""

    by_dbm: tuple[tuple[int, float], ...]
    source: str

    @property
    def estimated(self) -> bool:
        return ESTIMATE in self.source

    def ma(self, tx_power_dbm: int) -> float:
        """On straight lines between the powers that are known; level beyond them."""
        lowest, highest = self.by_dbm[0], self.by_dbm[-1]
        if tx_power_dbm <= lowest[0]:
            return lowest[1]
        for (low, low_ma), (high, high_ma) in pairwise(self.by_dbm):
            if tx_power_dbm <= high:
                return low_ma + (high_ma - low_ma) * (tx_power_dbm - low) / (high - low)
        return highest[1]


@dataclass(frozen=True)
class Battery:
    title: str
    capacity_mah: float
    usable: float  # share of the capacity
    self_discharge: float  # share of the capacity each year


Currents = dict[str, Current]  # by state


def modem_currents(part: str) -> Currents:
    """Of a modem by its name in parts.toml."""
    return _currents(_data()["modem"][part])


def chip_currents(chip: str) -> Currents:
    return _currents(_data()["chip"][chip])


def rest_current() -> Current:
    """Of what is always on, on a board with a cell."""
    entry = _data()["rest"]
    return Current(_by_dbm(entry), entry["source"])


def battery() -> Battery:
    return Battery(**_data()["battery"])


@cache
def _data() -> dict:
    file = files("host_tools.simulator.energy").joinpath("currents.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _currents(states: dict) -> Currents:
    return {state: Current(_by_dbm(entry), entry["source"]) for state, entry in states.items()}


def _by_dbm(entry: dict) -> tuple[tuple[int, float], ...]:
    if "ma" in entry:
        return ((0, entry["ma"]),)
    return tuple(sorted((int(dbm), ma) for dbm, ma in entry["dbm"].items()))
