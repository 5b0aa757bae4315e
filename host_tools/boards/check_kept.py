"""What the node keeps of a board's points must fit its slot of the RTC's memory: else nothing is kept."""

from collections.abc import Iterator

from firmware.faults import Faults
from firmware.rules import NO_RULE, Rules
from host_tools.boards.model import Board

MOST_BYTES = 254  # firmware/kept.py, RULES_SLOT without its length
HEAD_BYTES = 5  # firmware/reporter.py: the schema id, and how long the rules' part is


def kept_bytes(board: Board) -> int:
    """At most: the server may give every point a rule."""
    nothing = (None,) * 5  # of what is not kept
    points = [(name, p.source.partition(".")[0], *nothing, p.stuck) for name, p in board.points.items()]
    rules = Rules(dict.fromkeys(range(len(points)), NO_RULE), points)
    return HEAD_BYTES + len(rules.kept) + len(Faults(points).kept)


def kept_faults(board: Board) -> Iterator[str]:
    """A line if they do not fit."""
    if (size := kept_bytes(board)) > MOST_BYTES:
        stuck = [name for name, point in board.points.items() if point.stuck is not None]
        yield (
            f"points: {len(board.points)} take {size} bytes of what outlives a sleep, more than {MOST_BYTES}:"
            f" 9 for each, 2 for each part, 4 more for each with `stuck` ({', '.join(stuck) or 'none'})"
        )
