"""`citynode battery`: how long a product lives on its cell, or if the sun keeps it going, by simulation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from host_tools.boards import Board, load_board
from host_tools.cli.boards import BoardArgument
from host_tools.cli.output import Json, command, emit, fail, people
from host_tools.cli.solar import as_dict, print_outlook
from host_tools.configuration_form import ConfigurationError
from host_tools.simulator.energy.life import Lives, lives, period_for
from host_tools.simulator.energy.solar import solar_life
from host_tools.simulator.energy.year import assumptions, period_settings, periods_s

PERCENTILES = (5, 50, 95)


@command
def run(
    board: BoardArgument,
    days: Annotated[int, typer.Option(min=1, help="Virtual days of each run.")] = 14,
    seeds: Annotated[int, typer.Option(min=1, help="Runs in each coverage.")] = 2,
    sample: Annotated[
        list[int] | None,
        typer.Option(
            metavar="SECONDS",
            min=1,
            help="Period of samples, or of gas measurements, in place of the board's; may be repeated.",
        ),
    ] = None,
    years: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="Read off the table which period gives all but 5 % of the nodes so many years."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """How many years all but 5 % of the nodes live, and what takes the charge.

    Of a board with a solar panel: whether it runs through years of seeded weather.
    """
    model = load_board(board)
    if not model.battery:
        fail(f"{model.name} does not live on a cell", "Name a board with a battery.", json)
    periods = sample or periods_s(model)
    if years and model.solar:
        fail(f"{model.name} lives on the sun", "--years is for cells that are not charged.", json)
    if years and len(set(periods)) < 2:
        fail("--years reads between the periods of a table", "Give two or more with --sample.", json)
    for period_s in periods:
        try:
            period_settings(model, period_s)
        except ConfigurationError as error:
            fail(f"--sample {period_s}: {error}", "Give seconds within these limits.", json)
    for text in assumptions(model) if not json else ():
        people.print(f"assumed: {text}")
    if model.solar:
        for period_s in periods:
            with _bar(model.name, json) as tell:
                sunny = solar_life(model, seeds, days, period_s, tell)
            if json:
                emit(_line(model, period_s, as_dict(sunny)))
            else:
                print_outlook(sunny, period_s)
        return
    table = Table("every s", *(f"{percent} %: years" for percent in PERCENTILES), "mAh a day", "most of it")
    rows = []
    for period_s in periods:
        with _bar(model.name, json) as tell:
            found = lives(model, seeds, days, period_s, tell)
        rows.append((period_s, found.percentile(PERCENTILES[0])))
        if json:
            emit(_line(model, period_s, _as_dict(found)))
        else:
            table.add_row(str(period_s), *_cells(found))
    if not json:
        people.print(table)
    if years:
        _tell_period(model.name, years, period_for(years, rows), json)


def _line(model: Board, period_s: int, found: dict) -> dict:
    return {"board": model.name, "period_s": period_s, **found, "assumed": assumptions(model)}


@contextmanager
def _bar(board: str, json: bool) -> Iterator[Callable[[float], None]]:
    """Gives what is to be told the share that is done."""
    with Progress(console=people, transient=True, disable=json or not people.is_terminal) as bar:
        task = bar.add_task(board, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _tell_period(board: str, years: float, period_s: int | None, json: bool) -> None:
    if period_s is None:
        fail(
            f"no two periods of the table have {years:g} years between them",
            "Give others with --sample.",
            json,
        )
    if json:
        emit({"board": board, "years": years, "period_s": period_s})
    else:
        people.print(f"{years:g} years: every {period_s} s ({period_s / 3600:.1f} h)")


def _as_dict(found: Lives) -> dict:
    return {
        "years": {str(percent): round(found.percentile(percent), 2) for percent in PERCENTILES},
        "mah_per_day": {name: round(mah, 4) for name, mah in found.by_consumer.items()},
        "nodes": [
            {"coverage": life.coverage, "climate": life.climate, "years": round(life.years, 2)}
            for life in found.lives
        ],
    }


def _cells(found: Lives) -> list[str]:
    most = list(found.by_consumer.items())[:4]
    return [
        *(f"{found.percentile(percent):.1f}" for percent in PERCENTILES),
        f"{sum(found.by_consumer.values()):.3g}",
        ", ".join(f"{name} {mah:.2g}" for name, mah in most),
    ]
