"""Decoded reports, as JSON lines, text lines and tables."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from host_tools.boards import load_board, schemas_with
from host_tools.collector.core import DecodedReport
from host_tools.events import reading_text
from host_tools.points import PointTable

BoardFiles = Annotated[
    list[str] | None,
    typer.Option("--board", help="A board file of your own whose reports may come; can be repeated."),
]


def tables(board_files: list[str] | None) -> Mapping[int, PointTable]:
    """What reports are decoded with: the boards that come with citynode, and those of these files."""
    return schemas_with(*map(load_board, board_files or ()))


def iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_dict(report: DecodedReport) -> dict:
    """`points`, of a health report `health`, is None while the report's schema is not known."""
    head = {"node": report.node, "seq": report.seq, "time": iso(report.time)}
    return {**head, "health" if report.health else "points": report.points}


def as_line(report: DecodedReport) -> str:
    head = f"{iso(report.time)}  {report.node}  #{report.seq}  " + ("HEALTH  " if report.health else "")
    if report.points is None:
        return head + "(schema not known here)"
    return head + "  ".join(f"{name} {reading_text(value)}" for name, value in report.points.items())


def as_table(report: DecodedReport, schema: PointTable | None) -> Table:
    """Name, value, unit, time of every point."""
    table = Table("point", "value", "unit", "time", title=f"{report.node}, report {report.seq}")
    table.columns[1].justify = "right"
    units = {point.name: point.symbol for point in schema.points} if schema else {}
    for name, value in (report.points or {}).items():
        table.add_row(name, reading_text(value), units.get(name, ""), iso(report.time))
    return table
