"""`citynode events`: what happened at a node; and events as JSON lines and text lines."""

from collections.abc import Mapping
from typing import Annotated

import typer

from host_tools.cli.output import Json, command, emit, people
from host_tools.cli.paths import Database, open_store
from host_tools.cli.reports import BoardFiles, iso, tables
from host_tools.collector.core import DecodedEvent, decode_event
from host_tools.events import NAMES, facts, words
from host_tools.points import PointTable


@command
def run(
    node: Annotated[str, typer.Argument(help="The node's name.")],
    last: Annotated[int, typer.Option(min=1, help="How many events, newest last.")] = 10,
    board: BoardFiles = None,
    db: Database = None,
    json: Json = False,
) -> None:
    """Show a node's latest events: alarms, faults, tags that passed."""
    schemas = tables(board)
    with open_store(db) as store:
        store.known_node(node)
        schema_id = store.schema_in_use(node)
        events = [decode_event(event, schema_id) for event in store.events(node, last)]
    if not events and not json:
        people.print(f"{node} has not told of any event yet")
    for event in events:
        if json:
            emit(event_as_dict(event, schemas))
        else:
            people.print(event_as_line(event, schemas))


def event_as_dict(event: DecodedEvent, schemas: Mapping[int, PointTable]) -> dict:
    """`event` is its name, or its code if it has none here."""
    head = {"node": event.node, "seq": event.seq, "time": iso(event.time)}
    return {**head, "event": NAMES.get(event.code, event.code), **facts(event, schemas)}


def event_as_line(event: DecodedEvent, schemas: Mapping[int, PointTable]) -> str:
    return f"{iso(event.time)}  {event.node}  #{event.seq}  {words(event, schemas)}"
