"""The point tables of all products, by the id that their reports carry."""

from collections.abc import Mapping
from functools import cache

from host_tools.boards.load import board_names, load_board
from host_tools.boards.model import Board
from host_tools.points import PointError, PointTable, make_point


def table_of(board: Board) -> PointTable:
    return PointTable(board.name, [make_point(name, point) for name, point in board.points.items()])


@cache
def schemas() -> Mapping[int, PointTable]:
    """The tables of all boards that come with citynode, by schema id."""
    tables = [table_of(load_board(name)) for name in board_names()]
    by_id = {table.schema_id: table for table in tables}
    if len(by_id) != len(tables):
        raise PointError("two products have the same schema id; rename a point of one")
    return by_id


def schemas_with(*boards: Board) -> Mapping[int, PointTable]:
    """All known tables and those of `boards`, which may be a user's own."""
    return {**schemas(), **{table.schema_id: table for table in map(table_of, boards)}}
