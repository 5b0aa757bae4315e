"""How long the products on a cell live, as `citynode battery` finds it in short runs."""

from collections.abc import Iterator

from host_tools.bench.figures import Figure
from host_tools.boards import load_board
from host_tools.simulator.energy.life import lives, period_for
from host_tools.simulator.energy.year import periods_s

PERCENTILES = (5, 50, 95)
PLAIN = {"manhole_cover": (6, 2), "water_level": (2, 2)}  # board -> days of each run, seeds
GAS, GAS_DAYS, GAS_SEEDS, GAS_YEARS = "manhole_cover_gas", 2, 1, 3


def figures() -> list[Figure]:
    """Minutes."""
    return [*_plain(), *_gas()]


def _plain() -> Iterator[Figure]:
    for name, (days, seeds) in PLAIN.items():
        found = lives(load_board(name), seeds, days)
        for percent in PERCENTILES:
            what = f"on a cell, of all but {percent} % of the nodes"
            yield Figure(f"{name}_life_{percent}", found.percentile(percent), "years", f"{name} {what}")
        yield Figure(f"{name}_day", sum(found.by_consumer.values()), "mAh", f"{name}'s day, all coverages")


def _gas() -> Iterator[Figure]:
    board, rows = load_board(GAS), []
    for period_s in periods_s(board):
        years = lives(board, GAS_SEEDS, GAS_DAYS, period_s).percentile(PERCENTILES[0])
        rows.append((period_s, years))
        what = f"{GAS} that measures every {period_s} s, all but 5 % of the nodes"
        yield Figure(f"{GAS}_life_{period_s}", years, "years", what)
    hours = period_for(GAS_YEARS, rows) / 3600
    yield Figure(f"{GAS}_period", hours, "h", f"between two measurements of gas for {GAS_YEARS} years")
