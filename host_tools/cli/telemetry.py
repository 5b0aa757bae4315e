"""`citynode telemetry`: what the collector has stored."""

from typing import Annotated

import typer

from host_tools.cli.output import Json, command, emit, people, print_table
from host_tools.cli.paths import Database, open_store
from host_tools.cli.reports import BoardFiles, as_dict, as_line, as_table, tables
from host_tools.collector.core import decode_report


@command
def run(
    node: Annotated[str, typer.Argument(help="The node's name.")],
    last: Annotated[int, typer.Option(min=1, help="How many reports, newest last.")] = 1,
    health: Annotated[bool, typer.Option("--health", help="Of the node itself, not of its points.")] = False,
    board: BoardFiles = None,
    db: Database = None,
    json: Json = False,
) -> None:
    """Show a node's latest reports from the collector's database."""
    schemas = tables(board)
    with open_store(db) as store:
        store.known_node(node)
        stored = store.reports(node, last, health)
    reports = [decode_report(report, schemas) for report in stored]
    if json:
        for report in reports:
            emit(as_dict(report))
    elif not reports:
        people.print(f"{node} has not reported {'its health ' if health else ''}yet")
    elif last == 1:
        print_table(as_table(reports[0], schemas.get(stored[0].schema_id)))
    else:
        for report in reports:
            people.print(as_line(report))
