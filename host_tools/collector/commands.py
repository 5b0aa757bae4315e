"""Sending a command to a node, from another process than the collector's: by way of the database."""

import time
from collections.abc import Callable

from host_tools.collector.payload import Argument, Result, check_command
from host_tools.collector.store import Store

POLL_S = 0.2


def queue_command(
    store: Store,
    node: str,
    name: str,
    args: list[Argument],
    deadline_s: int,
    now: Callable[[], float] = time.time,
) -> int:
    """Queue a command for the node's next uplink; returns its id.

    It is not executed later than `deadline_s` from now.  EncodeError: name or arguments cannot be sent;
    UnknownNodeError: the node was never provisioned into this database.
    """
    check_command(name, args)
    store.known_node(node)
    created = int(now())
    return store.add_command(node, name, args, created, created + deadline_s)


def wait_result(
    store: Store,
    command_id: int,
    timeout_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Result | None:
    """The result of a command as soon as the collector has it; None if it has none in time."""
    give_up = clock() + timeout_s
    while (result := store.result(command_id)) is None and clock() < give_up:
        sleep(POLL_S)
    return result
