"""Where the commands keep what they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Annotated

import typer
from platformdirs import user_data_path

from host_tools.collector.store import Store

Database = Annotated[
    Path | None,
    typer.Option(
        "--db",
        envvar="CITYNODE_DB",
        show_default="collector.db in the user's data folder",
        help="The collector's database.",
    ),
]
SQLITE_MAGIC = b"SQLite format 3\0"


def database_path(db: Path | None) -> Path:
    return db or user_data_path("citynode") / "collector.db"


@contextmanager
def open_store(db: Path | None) -> Iterator[Store]:
    """The store, made if there is none, and closed afterwards.  OSError or sqlite3.Error: there is none."""
    path = database_path(db)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(SQLITE_MAGIC)) != SQLITE_MAGIC:  # the store would change its mode, at least
                raise DatabaseError(f"{path}: this is no SQLite database")
    store = Store(path)
    try:
        yield store
    finally:
        store.close()
