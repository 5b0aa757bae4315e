"""Board files: what is soldered where, read and checked on the host."""

from host_tools.boards.load import board_names, find_board, health_table, load_board
from host_tools.boards.model import Board, BoardError
from host_tools.boards.released import release
from host_tools.boards.schemas import rules_of, schemas, schemas_with, table_of

__all__ = [
    "Board",
    "BoardError",
    "board_names",
    "find_board",
    "health_table",
    "load_board",
    "release",
    "rules_of",
    "schemas",
    "schemas_with",
    "table_of",
]
