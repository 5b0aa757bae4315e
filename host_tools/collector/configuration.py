"""What a node's settings should be, and what it says of them: by way of the database.

The collector sends what is set here with its next answer to the node.
"""

from dataclasses import dataclass
from enum import Enum

from host_tools.collector.payload import Configuration
from host_tools.collector.store import Store
from host_tools.configuration_form import ConfigurationError

MOVES = "--yes-move-server"


class State(Enum):
    """How far a configuration has come."""

    NONE = "none"  # nothing was ever set
    IN_FORCE = "in force"
    PENDING = "pending"  # the node has not said yet what it does with it
    REFUSED = "refused"  # by the node's check, or because it got no answer while it was on trial


@dataclass(frozen=True)
class Status:
    """`reported`: the version that the node last said to use, 0 without one; None if it never said any.

    `reason`: why the node refused the one that it should have.
    """

    wanted: Configuration | None
    reported: int | None
    state: State
    reason: str | None


def status(store: Store, node: str) -> Status:
    """UnknownNodeError: the node was never provisioned into this database."""
    found = store.known_node(node)
    wanted, reported, reason = found.configuration, found.configuration_reported, None
    if wanted is None:
        state = State.NONE
    elif wanted.version == reported:
        state = State.IN_FORCE
    else:
        reason = store.refusal(node, wanted.version)
        state = State.PENDING if reason is None else State.REFUSED
    return Status(wanted, reported, state, reason)


def set_settings(store: Store, node: str, settings: dict, may_move: bool = False) -> int:
    """Let the node have these, already checked; returns their version.

    may_move: another server than before is meant.  ConfigurationError: it is another, and is not.
    """
    with store.transaction():
        before = status(store, node).wanted
        old_server = before.settings.get("server") if before else None
        if settings.get("server") != old_server and not may_move:
            raise ConfigurationError(
                "these settings move the node to another server",
                f"The server there must have the node's keys, or it comes back after its trial: {MOVES}",
            )
        return store.set_configuration(node, settings)
