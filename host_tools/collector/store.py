"""What the collector keeps, in one SQLite file: nodes and their secrets, reports, commands.

Times here are Unix seconds, so that `datetime(received, 'unixepoch')` works in any SQLite shell.
Values and arguments are CBOR arrays of what travelled: a report of a schema that is not known yet is
read as soon as it is.

Several processes may open the file: the collector adds reports while the command line adds commands.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from host_tools.collector.payload import EPOCH_UNIX_S, Argument, Command, Report, Result, Status, Value
from protocols import cbor

BUSY_TIMEOUT_S = 10  # how long to wait for another process's commit
VERSION = 2  # of the tables
KID_BYTES = 2  # at least: it is in every message

SCHEMA = """
CREATE TABLE IF NOT EXISTS nodes (
    node TEXT PRIMARY KEY,
    product TEXT NOT NULL,
    schema_id INTEGER NOT NULL,   -- as provisioned; each report has its own
    kid BLOB UNIQUE,              -- in OSCORE; this and the keys are NULL for a node without protection
    master_secret BLOB,
    master_salt BLOB,
    created INTEGER NOT NULL,
    last_seen INTEGER
);
CREATE TABLE IF NOT EXISTS kids (  -- each is given once: who has old keys is a stranger, not a forger
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS oscore_states (
    kid BLOB PRIMARY KEY,
    state BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL REFERENCES nodes,
    seq INTEGER NOT NULL,
    time INTEGER,                 -- NULL: the node's clock was not set
    received INTEGER NOT NULL,
    schema_id INTEGER NOT NULL,
    "values" BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS reports_of_node ON reports (node, seq, time);
CREATE TABLE IF NOT EXISTS commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: a node knows commands by their id
    node TEXT NOT NULL REFERENCES nodes,
    name TEXT NOT NULL,
    args BLOB NOT NULL,
    created INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    sent INTEGER,                 -- last time, NULL: not yet
    done INTEGER,                 -- when the result arrived
    status INTEGER,               -- payload.Status; NULL: no result yet
    detail TEXT
);
CREATE INDEX IF NOT EXISTS commands_waiting ON commands (node) WHERE status IS NULL;
"""


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


@dataclass(frozen=True)
class StoredReport:
    """A row of `reports`: times in Unix seconds, `time` None if the node's clock was not set."""

    node: str
    seq: int
    time: int | None
    received: int
    schema_id: int
    values: list[Value]


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
        self._check_version(path)
        self._db.executescript(SCHEMA)

    def _check_version(self, path: Path | None) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and version != VERSION:
            raise sqlite3.DatabaseError(f"{path} is the database of another version of citynode")
        self._db.execute(f"PRAGMA user_version = {VERSION}")

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

    def node_of_kid(self, kid: bytes) -> Node | None:
        return self._node("kid", kid)

    def _node(self, column: str, value: str | bytes) -> Node | None:
        row = self._db.execute(
            "SELECT node, product, schema_id, kid, master_secret, master_salt, created, last_seen"
            f" FROM nodes WHERE {column} = ?",
            (value,),
        ).fetchone()
        return Node(*row) if row else None

    def oscore_state(self, kid: bytes) -> bytes:
        """What was kept last of a node's OSCORE context, b"" if nothing."""
        row = self._db.execute("SELECT state FROM oscore_states WHERE kid = ?", (kid,)).fetchone()
        return row[0] if row else b""

    def keep_oscore_state(self, kid: bytes, state: bytes) -> None:
        self._db.execute(
            "INSERT INTO oscore_states VALUES (?, ?) ON CONFLICT (kid) DO UPDATE SET state = excluded.state",
            (kid, state),
        )

    def seen(self, node: str, now: int) -> None:
        """The node sent something valid."""
        self._db.execute("UPDATE nodes SET last_seen = ? WHERE node = ?", (now, node))

    def add_report(self, node: str, schema_id: int, report: Report, now: int) -> StoredReport | None:
        """Store a report, once: None if it is there already, because the node did not hear us.

        The values are part of the comparison, for a restarted node begins again with seq 0, and
        reports without a time until its clock is set.
        """
        time = None if report.time is None else report.time + EPOCH_UNIX_S
        values = cbor.dumps(report.values)
        added = self._db.execute(
            'INSERT INTO reports (node, seq, time, received, schema_id, "values") SELECT ?, ?, ?, ?, ?, ?'
            " WHERE NOT EXISTS"
            ' (SELECT 1 FROM reports WHERE node = ? AND seq = ? AND time IS ? AND "values" = ?)',
            (node, report.seq, time, now, schema_id, values, node, report.seq, time, values),
        ).rowcount
        return StoredReport(node, report.seq, time, now, schema_id, report.values) if added else None

    def reports(self, node: str, last: int | None = None) -> list[StoredReport]:
        """The `last` reports of a node (None: all) in the order of their arrival."""
        rows = self._db.execute(
            'SELECT node, seq, time, received, schema_id, "values" FROM reports WHERE node = ?'
            " ORDER BY id DESC LIMIT ?",
            (node, -1 if last is None else last),
        ).fetchall()
        return [StoredReport(*row[:-1], cbor.loads(row[-1])) for row in reversed(rows)]

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
