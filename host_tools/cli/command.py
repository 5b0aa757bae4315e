"""`citynode command`: tell a node to do something, and wait for what it says."""

from typing import Annotated

import typer

from host_tools.cli.output import Json, command, emit, fail, people
from host_tools.cli.paths import Database, open_store
from host_tools.collector.commands import queue_command, wait_result
from host_tools.collector.payload import Argument, Status
from host_tools.collector.store import Store

MAX_TIMEOUT_S = 30 * 86400

Timeout = Annotated[
    int,
    typer.Option(
        min=1,
        max=MAX_TIMEOUT_S,
        metavar="SECONDS",
        help="How long to wait; the node drops it when it is later.",
    ),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Queue it and return at once.")]


@command
def run(
    node: Annotated[str, typer.Argument(help="The node's name.")],
    name: Annotated[str, typer.Argument(help="The command, such as `lamp`.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Its arguments; numbers are sent as numbers.")
    ] = None,
    timeout: Timeout = 300,
    no_wait: NoWait = False,
    db: Database = None,
    json: Json = False,
) -> None:
    """Send a command, and wait for its result.

    A node that listens is asked to fetch it at once; others take it with the answer to their next message.
    """
    with open_store(db) as store:
        send(store, node, name, [_value(a) for a in arguments or []], timeout, no_wait, json)


def send(
    store: Store, node: str, name: str, arguments: list[Argument], timeout: int, no_wait: bool, json: bool
) -> None:
    """Queue the command, and tell what becomes of it."""
    command_id = queue_command(store, node, name, arguments, timeout)
    if no_wait:
        _say({"command": command_id, "node": node, "status": "queued"}, f"queued for {node}", json)
        return
    if not json:
        people.print(f"waiting for {node} to take it")
    result = wait_result(store, command_id, timeout)
    if result is None:
        fail(
            f"{node} has not answered within {timeout} s",
            "Is it powered and in coverage, is `citynode collect` up? A node that sleeps takes it with its"
            " next message: give a longer --timeout, as the command ends with it.",
            json,
        )
    status = Status(result.status)
    if status is not Status.DONE:
        fail(f"{node} answers {name}: {status.name.lower().replace('_', ' ')} ({result.detail})", "", json)
    _say(
        {"command": command_id, "node": node, "status": "done", "detail": result.detail},
        f"{node} {name}: done, {result.detail}",
        json,
    )


def _say(facts: dict, text: str, json: bool) -> None:
    if json:
        emit(facts)
    else:
        people.print(text)


def _value(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
