"""What must hold of parts that are made of other parts, beyond the file's shape."""

from collections.abc import Iterator

from host_tools.boards.model import Board, PartKind, PartUse


def use_faults(board: Board, field: str, use: PartUse, kind: PartKind) -> Iterator[str]:
    """A line for each fault of the parts that this one is made of, beginning with the field."""
    for role in sorted(set(kind.uses) - set(use.uses) - set(kind.optional)):
        yield f"{field}.uses: {use.part} needs a part as {role!r}"
    for role, part in use.uses.items():
        if role not in kind.uses:
            has = f"it has {', '.join(kind.uses)}" if kind.uses else "it has none"
            yield f"{field}.uses.{role}: {use.part} has no such role; {has}"
        elif part not in board.parts:
            yield f"{field}.uses.{role}: the board has no part {part!r}"
        elif (other := board.parts[part].part) not in kind.uses[role]:
            yield f"{field}.uses.{role}: {other} does not fit; {', '.join(kind.uses[role])} does"


def cycle_faults(board: Board) -> Iterator[str]:
    for name in board.parts:
        if name in _below(board, name):
            yield f"parts.{name}.uses: {name} would be made of itself"


def _below(board: Board, name: str) -> set[str]:
    """All that a part is made of, through however many others."""
    found: set[str] = set()
    todo = [name]
    while todo:
        use = board.parts.get(todo.pop())
        new = set(use.uses.values()) - found if use else set()
        found |= new
        todo += new
    return found
