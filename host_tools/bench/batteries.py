"""How long the products on a cell live, or if the sun keeps them going, as `citynode battery` finds it."""

from collections.abc import Iterator

from host_tools.bench.figures import Figure
from host_tools.boards import board_names, load_board
from host_tools.simulator.energy.life import lives, period_for
from host_tools.simulator.energy.solar import YEARS, solar_life
from host_tools.simulator.energy.year import periods_s

PERCENTILES = (5, 50, 95)
PLAIN = {"manhole_cover": (6, 2), "water_level": (2, 2)}  # board -> days of each run, seeds
SOLAR_DAYS, SOLAR_SEEDS = 1, 1
GAS, GAS_DAYS, GAS_SEEDS, GAS_YEARS = "manhole_cover_gas", 2, 1, 3


def figures() -> list[Figure]:
    """Minutes."""
    return [*_plain(), *_gas(), *_solar()]


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


def _solar() -> Iterator[Figure]:
    for board in (load_board(name) for name in board_names()):
        if not board.solar:
            continue
        found = solar_life(board, SOLAR_SEEDS, SOLAR_DAYS)
        yield Figure(
            f"{board.name}_day", sum(found.dry.values()), "mAh", f"{board.name}'s dry day, the hungriest"
        )
        for climate, outlook in found.outlooks.items():
            what = f"{board.name} on the sun, {climate}"
            name = f"{board.name}_{climate.split()[0]}"
            yield Figure(f"{name}_years", outlook.through, "years", f"{what}: runs through, of {YEARS}")
            yield Figure(f"{name}_lowest", 100 * outlook.lowest, "%", f"{what}: lowest charge, 5 %")
