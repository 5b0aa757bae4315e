"""`citynode battery`: how long a product lives on its cell, by simulation."""

from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from host_tools.boards import load_board
from host_tools.cli.boards import BoardArgument
from host_tools.cli.output import Json, command, emit, fail, people
from host_tools.simulator.energy.life import Lives, assumptions, lives

PERCENTILES = (5, 50, 95)


@command
def run(
    board: BoardArgument,
    days: Annotated[int, typer.Option(min=1, help="Virtual days of each run.")] = 14,
    seeds: Annotated[int, typer.Option(min=1, help="Runs in each coverage.")] = 2,
    sample: Annotated[
        list[int] | None,
        typer.Option(metavar="SECONDS", help="Sampling period, in place of the board's; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """How many years all but 5 % of the nodes live, and what takes the charge."""
    model = load_board(board)
    if not model.sleeps:
        fail(f"{model.name} does not live on a cell", "Name a board that sleeps.", json)
    for text in assumptions(model) if not json else ():
        people.print(f"assumed: {text}")
    table = Table("sample s", *(f"{percent} %: years" for percent in PERCENTILES), "mAh a day", "most of it")
    for period_s in sample or [None]:
        with Progress(console=people, transient=True, disable=json or not people.is_terminal) as bar:
            task = bar.add_task(model.name, total=1.0)
            found = lives(
                model,
                seeds,
                days,
                period_s,
                lambda share, bar=bar, task=task: bar.update(task, completed=share),
            )
        period_s = period_s or model.sample_s or model.report_s
        if json:
            emit(
                {"board": model.name, "sample_s": period_s, **_as_dict(found), "assumed": assumptions(model)}
            )
        else:
            table.add_row(str(period_s), *_cells(found))
    if not json:
        people.print(table)


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
