"""What the collector keeps, in one SQLite file: nodes and their secrets, reports, events, commands.

Times here are Unix seconds, so that `datetime(received, 'unixepoch')` works in any SQLite shell.
Values, data and arguments are CBOR arrays of what travelled: a report of a schema that is not known yet
is read as soon as it is.

Several processes may open the file: the collector adds reports while the command line adds commands.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from host_tools.collector import tables
from host_tools.collector.payload import (
    EPOCH_UNIX_S,
    Argument,
    Command,
    Configuration,
    Datum,
    Event,
    Report,
    Result,
    Status,
    Value,
)
from protocols import cbor
from protocols.message_numbers import CONFIGURATION_REFUSED

BUSY_TIMEOUT_S = 10  # how long to wait for another process's commit
KID_BYTES = 2  # at least: it is in every message


class UnknownNodeError(LookupError):
    """The node is not in the database; provisioning adds it."""


@dataclass(frozen=True)
class Node:
    """A row of `nodes`."""

    name: str
    product: str
    schema_id: int
    kid: bytes | None  # None, as are the keys: its link is not protected
    master_secret: bytes | None = field(repr=False)
    master_salt: bytes | None = field(repr=False)
    created: int
    last_seen: int | None
    configuration: Configuration | None = None  # that it should have
    configuration_reported: int | None = None  # the version that it last said to use


@dataclass(frozen=True)
class StoredReport:
    """A row of `reports`: times in Unix seconds, `time` None if the node's clock was not set."""

    node: str
    seq: int
    time: int | None
    received: int
    schema_id: int
    values: list[Value]
    health: bool = False  # of the health table, not of the product's


@dataclass(frozen=True)
class StoredEvent:
    """A row of `events`, with times as in a StoredReport."""

    node: str
    seq: int
    time: int | None
    received: int
    code: int
    data: list[Datum]


@dataclass(frozen=True)
class Keys:
    """What a node and the collector share, for OSCORE."""

    master_secret: bytes = field(repr=False)
    master_salt: bytes = field(repr=False)


class Store:
    """The database at `path`, created if need be, readable by its owner only; None: one in memory.

    Each method is a transaction of its own unless called inside `with store.transaction()`.
    """

    def __init__(self, path: Path | None):
        if path:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            os.chmod(path, 0o600)  # it may have been there; SQLite's -wal and -shm files follow its mode
        # Several threads may use it, one at a time; which is for the caller to see to.
        self._db = sqlite3.connect(
            path or ":memory:", timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # what is acknowledged survives a power cut
        self._db.execute("PRAGMA foreign_keys = ON")
        with self.transaction():
            tables.prepare(self._db, path)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is done inside, on disk when it ends."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite itself rolls back when, say, the disk is full
                self._db.execute("ROLLBACK")
            raise

    def add_node(self, node: str, product: str, schema_id: int, keys: Keys | None, now: int) -> bytes | None:
        """Add a node, or provision it anew: its reports and commands stay.  Returns its kid.

        keys: None leaves its link without protection; then it has no kid either.
        """
        with self.transaction():
            kid = self._new_kid(node) if keys else None
            secret, salt = (keys.master_secret, keys.master_salt) if keys else (None, None)
            self._db.execute(
                "INSERT INTO nodes (node, product, schema_id, kid, master_secret, master_salt, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node) DO UPDATE SET product = excluded.product,"
                " schema_id = excluded.schema_id, kid = excluded.kid, master_secret = excluded.master_secret,"
                " master_salt = excluded.master_salt",
                (node, product, schema_id, kid, secret, salt, now),
            )
        return kid

    def _new_kid(self, node: str) -> bytes:
        """Two bytes for the first 65,535 provisionings, then more."""
        number = self._db.execute("INSERT INTO kids (node) VALUES (?)", (node,)).lastrowid
        return number.to_bytes(max(KID_BYTES, -(-number.bit_length() // 8)), "big")

    def node(self, name: str) -> Node | None:
        return self._node("node", name)

    def known_node(self, name: str) -> Node:
        """The node; UnknownNodeError if it was never provisioned into this database."""
        node = self.node(name)
        if node is None:
            raise UnknownNodeError(f"no node {name!r} in the collector's database")
        return node

    def node_of_kid(self, kid: bytes) -> Node | None:
        return self._node("kid", kid)

    def _node(self, column: str, value: str | bytes) -> Node | None:
        row = self._db.execute(
            "SELECT node, product, schema_id, kid, master_secret, master_salt, created, last_seen,"
            " configuration_version, configuration, configuration_reported"
            f" FROM nodes WHERE {column} = ?",
            (value,),
        ).fetchone()
        if not row:
            return None
        *fields, version, settings, reported = row
        wanted = Configuration(version, cbor.loads(settings)) if version else None
        return Node(*fields, wanted, reported)

    def oscore_state(self, kid: bytes) -> bytes:
        """What was kept last of a node's OSCORE context, b"" if nothing."""
        row = self._db.execute("SELECT state FROM oscore_states WHERE kid = ?", (kid,)).fetchone()
        return row[0] if row else b""

    def keep_oscore_state(self, kid: bytes, state: bytes) -> None:
        self._db.execute(
            "INSERT INTO oscore_states VALUES (?, ?) ON CONFLICT (kid) DO UPDATE SET state = excluded.state",
            (kid, state),
        )

    def seen(self, node: str, now: int, configuration: int | None = None) -> None:
        """The node sent something valid; `configuration` is the version that it said to use, if it did."""
        self._db.execute(
            "UPDATE nodes SET last_seen = ?, configuration_reported = coalesce(?, configuration_reported)"
            " WHERE node = ?",
            (now, configuration, node),
        )

    def add_report(
        self, node: str, schema_id: int, report: Report, now: int, health: bool = False
    ) -> StoredReport | None:
        """Store a report, once: None if it is there already, because the node did not hear us.

        The values are part of the comparison, for a restarted node begins again with seq 0, and
        reports without a time until its clock is set.
        """
        time = _unix(report.time)
        values = cbor.dumps(report.values)
        added = self._db.execute(
            'INSERT INTO reports (node, seq, time, received, schema_id, "values", health)'
            " SELECT ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS"
            ' (SELECT 1 FROM reports WHERE node = ? AND seq = ? AND time IS ? AND "values" = ?)',
            (node, report.seq, time, now, schema_id, values, health, node, report.seq, time, values),
        ).rowcount
        return StoredReport(node, report.seq, time, now, schema_id, report.values, health) if added else None

    def reports(self, node: str, last: int | None = None, health: bool | None = None) -> list[StoredReport]:
        """The `last` reports of a node (None: all) in the order of their arrival.

        health: True for those of the health table, False for the product's, None for both.
        """
        rows = self._db.execute(
            'SELECT node, seq, time, received, schema_id, "values", health FROM reports WHERE node = ?'
            " AND health IS coalesce(?, health) ORDER BY id DESC LIMIT ?",
            (node, health, -1 if last is None else last),
        ).fetchall()
        return [
            StoredReport(*row, cbor.loads(values), bool(is_health))
            for *row, values, is_health in reversed(rows)
        ]

    def schema_in_use(self, node: str) -> int:
        """The schema id of the newest of the product's reports; before the first, as provisioned."""
        (schema_id,) = self._db.execute(
            "SELECT coalesce((SELECT schema_id FROM reports WHERE node = nodes.node AND NOT health"
            " ORDER BY id DESC LIMIT 1), schema_id) FROM nodes WHERE node = ?",
            (node,),
        ).fetchone()
        return schema_id

    def add_event(self, node: str, event: Event, now: int) -> StoredEvent | None:
        """Store an event, once, as `add_report` does."""
        time = _unix(event.time)
        data = cbor.dumps(event.data)
        added = self._db.execute(
            "INSERT INTO events (node, seq, time, received, code, data)"
            " SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS"
            " (SELECT 1 FROM events WHERE node = ? AND seq = ? AND time IS ? AND code = ? AND data = ?)",
            (node, event.seq, time, now, event.code, data, node, event.seq, time, event.code, data),
        ).rowcount
        return StoredEvent(node, event.seq, time, now, event.code, event.data) if added else None

    def events(self, node: str, last: int | None = None) -> list[StoredEvent]:
        """The `last` events of a node (None: all) in the order of their arrival."""
        rows = self._db.execute(
            "SELECT node, seq, time, received, code, data FROM events WHERE node = ?"
            " ORDER BY id DESC LIMIT ?",
            (node, -1 if last is None else last),
        ).fetchall()
        return [StoredEvent(*row, cbor.loads(data)) for *row, data in reversed(rows)]

    def set_configuration(self, node: str, settings: dict) -> int:
        """What the node should have from now on; returns the version, above all that it had or reported."""
        (version,) = self._db.execute(
            "UPDATE nodes SET configuration = ?, configuration_version ="
            " 1 + max(configuration_version, coalesce(configuration_reported, 0))"
            " WHERE node = ? RETURNING configuration_version",
            (cbor.dumps(settings), node),
        ).fetchone()
        return version

    def refusal(self, node: str, version: int) -> str | None:
        """Why the node does not use that version of its configuration; None if it has not said so."""
        rows = self._db.execute(
            "SELECT data FROM events WHERE node = ? AND code = ? ORDER BY id DESC",
            (node, CONFIGURATION_REFUSED),
        )
        told = (cbor.loads(data) for (data,) in rows)
        return next((str(data[1]) for data in told if len(data) == 2 and data[0] == version), None)

    def add_command(self, node: str, name: str, args: list[Argument], now: int, deadline: int) -> int:
        """Queue a command; returns its id."""
        return self._db.execute(
            "INSERT INTO commands (node, name, args, created, deadline) VALUES (?, ?, ?, ?, ?)",
            (node, name, cbor.dumps(args), now, deadline),
        ).lastrowid

    def waiting_commands(self, node: str, now: int) -> list[Command]:
        """Commands without a result whose deadline has not passed, oldest first."""
        rows = self._db.execute(
            "SELECT id, deadline, name, args FROM commands"
            " WHERE node = ? AND status IS NULL AND deadline > ? ORDER BY id",
            (node, now),
        )
        return [
            Command(id, deadline - EPOCH_UNIX_S, name, cbor.loads(args)) for id, deadline, name, args in rows
        ]

    def nodes_with_news(self, now: int) -> list[str]:
        """Nodes with new settings, or a command that was never sent to them and may still be carried out."""
        commands = self._db.execute(
            "SELECT DISTINCT node FROM commands WHERE status IS NULL AND sent IS NULL AND deadline > ?",
            (now,),
        )
        settings = self._db.execute(
            "SELECT node, configuration_version FROM nodes"
            " WHERE configuration IS NOT NULL AND configuration_version IS NOT configuration_reported"
        )
        wanting = {node for node, version in settings.fetchall() if self.refusal(node, version) is None}
        return sorted(wanting | {node for (node,) in commands})

    def mark_sent(self, command: Command, now: int) -> None:
        self._db.execute("UPDATE commands SET sent = ? WHERE id = ?", (now, command.id))

    def finish_command(self, node: str, result: Result, now: int) -> bool:
        """Store a result; False if the node has no such command, or has reported on it before."""
        return bool(
            self._db.execute(
                "UPDATE commands SET done = ?, status = ?, detail = ?"
                " WHERE id = ? AND node = ? AND status IS NULL",
                (now, result.status, result.detail, result.command_id, node),
            ).rowcount
        )

    def result(self, command_id: int) -> Result | None:
        """The result of a command; None if there is none yet."""
        row = self._db.execute(
            "SELECT status, detail FROM commands WHERE id = ? AND status IS NOT NULL", (command_id,)
        ).fetchone()
        return Result(command_id, Status(row[0]), row[1]) if row else None


def _unix(time: int | None) -> int | None:
    """Seconds since 2020, if there are any, as Unix seconds."""
    return None if time is None else time + EPOCH_UNIX_S
