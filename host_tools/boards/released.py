"""Released point tables: boards/released/, a file each, kept for ever.

Nodes in the field go on reporting with the table that they were built with, whatever becomes of the
board file.
"""

import json
from importlib.resources import files
from pathlib import Path

from host_tools.points import Point, PointError, PointTable


def released_folder() -> Path:
    return Path(str(files("boards"))) / "released"


def released_tables() -> list[PointTable]:
    """All released tables.  PointError: a file is not as it was released."""
    return [_read(file) for file in sorted(released_folder().glob("*.json"))]


def release(table: PointTable) -> Path:
    """Keep a table; returns its file, which is left alone if it is there already."""
    file = released_folder() / _file_name(table)
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(table.content(), indent=1) + "\n", encoding="utf-8")
    return file


def _read(file: Path) -> PointTable:
    try:
        product, points = json.loads(file.read_bytes())
        table = PointTable(product, [Point(**point) for point in points])
    except (ValueError, TypeError) as error:
        raise PointError(f"{file}: not a released point table: {error}") from error
    if file.name != _file_name(table):
        raise PointError(f"{file}: changed since its release; its schema id is now {table.schema_id:#08x}")
    return table


def _file_name(table: PointTable) -> str:
    return f"{table.product}-{table.schema_id:06x}.json"
