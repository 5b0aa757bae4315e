"""The currents of modems and chips, from currents.toml."""

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise

from host_tools.boards import Board

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
class CellData:
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


def modem_least_mv(part: str) -> int:
    """The least supply of a modem by its name in parts.toml."""
    return _data()["least_mv"][part]


def rest_current(board: Board) -> Current:
    """Of what is always on, on a board with a cell: the sum, and what it is made of."""
    rest = _data()["rest"]
    entries = dict(rest["board"])
    if board.battery and board.battery.pulse_capacitor:
        entries |= rest["pulse_capacitor"]
    if board.solar:
        entries |= rest["solar"]
    entries |= {name: rest["part"][use.part] for name, use in board.parts.items() if use.part in rest["part"]}
    texts = [f"{name} {entry['ua']:g}{_mark(entry)}" for name, entry in entries.items() if entry["ua"]]
    ua = sum(entry["ua"] for entry in entries.values())
    return Current(((0, ua / 1000),), f"{ua:.3g} uA, of {', '.join(texts)}")


def _mark(entry: dict) -> str:
    return " (assumed)" if ESTIMATE in entry["source"] else ""


def cell_data(board: Board) -> CellData:
    """Of a board's cell; of a board on the mains, of what it would drain."""
    if not board.battery:
        return CellData(**_data()["cell"]["ER34615"])
    cell = CellData(**_data()["cell"][board.battery.cell])
    return replace(cell, capacity_mah=cell.capacity_mah * board.battery.parallel)


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
