"""The tables of the collector's database, and how one of an earlier version gets them."""

import sqlite3
from pathlib import Path

VERSION = 3

SCHEMA = """
CREATE TABLE IF NOT EXISTS nodes (
    node TEXT PRIMARY KEY,
    product TEXT NOT NULL,
    schema_id INTEGER NOT NULL,   -- as provisioned; each report has its own
    kid BLOB UNIQUE,              -- in OSCORE; this and the keys are NULL for a node without protection
    master_secret BLOB,
    master_salt BLOB,
    created INTEGER NOT NULL,
    last_seen INTEGER,
    configuration_version INTEGER NOT NULL DEFAULT 0,  -- that it should have; 0: none
    configuration BLOB,           -- a CBOR map, NULL with version 0
    configuration_reported INTEGER  -- the version that the node last said to use
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
    "values" BLOB NOT NULL,
    health INTEGER NOT NULL DEFAULT 0  -- 1: of the health table, not of the product's
);
CREATE INDEX IF NOT EXISTS reports_of_node ON reports (node, seq, time);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL REFERENCES nodes,
    seq INTEGER NOT NULL,
    time INTEGER,                 -- NULL: the node's clock was not set
    received INTEGER NOT NULL,
    code INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_node ON events (node, seq, time);
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

# What version 2 had not.
ADDED = (
    "nodes ADD COLUMN configuration_version INTEGER NOT NULL DEFAULT 0",
    "nodes ADD COLUMN configuration BLOB",
    "nodes ADD COLUMN configuration_reported INTEGER",
    "reports ADD COLUMN health INTEGER NOT NULL DEFAULT 0",
)


def prepare(db: sqlite3.Connection, path: Path | None) -> None:
    """Create what is missing, inside the caller's transaction.  DatabaseError: it is of another version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and version == 2:
        for column in ADDED:
            db.execute(f"ALTER TABLE {column}")
    elif tables and version != VERSION:
        raise sqlite3.DatabaseError(f"{path} is the database of another version of citynode")
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
