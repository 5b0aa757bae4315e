"""The point tables of all products, by the id that their reports carry."""

from collections.abc import Iterable, Mapping
from functools import cache

from host_tools.boards.load import board_names, health_table, load_board
from host_tools.boards.model import Board, HealthTable
from host_tools.boards.released import released_tables
from host_tools.boards.rules import Rules, make_rules
from host_tools.points import PointError, PointTable, make_point


def table_of(board: Board | HealthTable) -> PointTable:
    return PointTable(board.name, [make_point(name, point) for name, point in board.points.items()])


def rules_of(board: Board | HealthTable) -> list[Rules]:
    """In the order of the table's points."""
    return [
        make_rules(p, declared)
        for p, declared in zip(table_of(board).points, board.points.values(), strict=True)
    ]


@cache
def schemas() -> Mapping[int, PointTable]:
    """The released tables, the health table and those of all boards that come with citynode, by schema id."""
    boards = map(load_board, board_names())
    return _by_id([*released_tables(), table_of(health_table()), *map(table_of, boards)])


def schemas_with(*boards: Board) -> Mapping[int, PointTable]:
    """All known tables and those of `boards`, which may be a user's own.

    PointError: two of them have one schema id, so that their reports could not be told apart.
    """
    return _by_id([*schemas().values(), *map(table_of, boards)])


def _by_id(tables: Iterable[PointTable]) -> Mapping[int, PointTable]:
    by_id: dict[int, PointTable] = {}
    for table in tables:
        other = by_id.setdefault(table.schema_id, table)
        if other.content() != table.content():
            raise PointError(
                f"points: the table of {table.product} has the schema id {table.schema_id:#08x} of another,"
                f" {other.product}'s; rename a point"
            )
    return by_id
