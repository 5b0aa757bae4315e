"""Finding and reading board files: those that come with citynode, and a user's own."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from host_tools.boards.check import check, check_health
from host_tools.boards.model import Board, BoardError, HealthTable, Strict, UnknownBoardError

# Where pydantic's words are about Python rather than about the file.
WORDS = {"extra_forbidden": "there is no such key", "missing": "must be given"}
Model = TypeVar("Model", bound=Strict)


def board_names() -> list[str]:
    """The products whose boards come with citynode."""
    return sorted(entry.name for entry in files("boards").iterdir() if (entry / "board.toml").is_file())


def find_board(board: str) -> Path:
    """The board file of a product's name, or of a path to a TOML file or to a folder with a board.toml."""
    if board in board_names():
        return Path(str(files("boards") / board / "board.toml"))
    path = Path(board)
    if path.is_dir():
        return path / "board.toml"
    if path.suffix == ".toml":
        return path
    raise UnknownBoardError(f"there is no board {board!r}; known are {', '.join(board_names())}")


def load_board(board: str) -> Board:
    """The checked board of a product's name or a file's path.  Raises BoardError."""
    file = find_board(board)
    model = _read(file, Board)
    check(model, health_table(), str(file))
    return model


@cache
def health_table() -> HealthTable:
    """The checked table of what all products report of themselves.  Raises BoardError."""
    file = Path(str(files("boards"))) / "health.toml"
    table = _read(file, HealthTable)
    check_health(table, str(file))
    return table


def _read(file: Path, model: type[Model]) -> Model:
    try:
        return model(**tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise BoardError(f"{file}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BoardError(f"{file}: not TOML: {error}") from error
    except ValidationError as error:
        faults = (f"{file}: {'.'.join(map(str, e['loc']))}: {_words(e)}" for e in error.errors())
        raise BoardError("\n".join(faults)) from error


def _words(fault) -> str:
    return WORDS.get(fault["type"], fault["msg"])
