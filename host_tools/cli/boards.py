"""`citynode boards`: the products, their pins, parts and points."""

from typing import Annotated

import typer
from rich.table import Table

from host_tools.boards import (
    Board,
    board_names,
    health_table,
    load_board,
    release,
    schemas_with,
    table_of,
)
from host_tools.boards.model import part_kinds
from host_tools.boards.points_page import points_page, quality_text, report_text
from host_tools.cli.output import Json, command, emit, people, print_table

app = typer.Typer(
    help="List the boards; show one; check a board file; keep its point table.", invoke_without_command=True
)
BoardArgument = Annotated[str, typer.Argument(help="A product's name, or a path to a board.toml.")]


@app.callback()
@command
def default(context: typer.Context, json: Json = False) -> None:
    """List the boards that come with citynode; show one; check a board file; keep its point table."""
    if not context.invoked_subcommand:
        list_boards(json)


@app.command("list")
@command
def list_boards(json: Json = False) -> None:
    """List the boards that come with citynode."""
    boards = [load_board(name) for name in board_names()]
    if json:
        emit([{"name": b.name, "title": b.title, "chip": b.chip, "points": len(b.points)} for b in boards])
        return
    table = Table("board", "what it is", "chip", "points")
    for board in boards:
        table.add_row(board.name, board.title, board.chip, str(len(board.points)))
    print_table(table)


@app.command()
@command
def show(board: BoardArgument, json: Json = False) -> None:
    """Pins, parts, points and their rules of one board."""
    model = load_board(board)
    if json:
        emit({**model.model_dump(), "schema_id": table_of(model).schema_id})
        return
    people.print(f"{model.title} ({model.name}), {model.chip}, {model.flash_size} of flash")
    if cell := model.battery:
        capacitor = " with a pulse capacitor" if cell.pulse_capacitor else ""
        people.print(f"on {'one' if cell.parallel == 1 else cell.parallel} {cell.cell}{capacitor}")
    if panel := model.solar:
        people.print(f"which {panel.panel_w:g} W of panel charge")
    print_table(_parts(model))
    print_table(_points(model))
    print_table(_rules(model))


@app.command()
@command
def check(board: BoardArgument, json: Json = False) -> None:
    """Check a board file; every fault is named with its field."""
    model = load_board(board)
    if json:
        emit({"board": model.name, "ok": True})
    else:
        people.print(f"{model.name}: the board file is sound")


@app.command("release")
@command
def release_table(board: BoardArgument, json: Json = False) -> None:
    """Keep a board's point table for ever, so that collectors go on reading the nodes that have it."""
    model = load_board(board)
    schemas_with(model)  # refuses an id that another table has
    table = table_of(model)
    file = release(table)
    if json:
        emit({"board": model.name, "schema_id": table.schema_id, "file": str(file)})
    else:
        people.print(f"{model.name}: points, schema {table.schema_id:#08x}, are kept in {file}")


@app.command("table")
@command
def points_table(json: Json = False) -> None:
    """Print docs/points.md: the points of all products."""
    if json:
        tables = (*map(load_board, board_names()), health_table())
        emit({table.name: table.model_dump(include={"points"})["points"] for table in tables})
    else:
        people.print(points_page(), end="")


def _parts(board: Board) -> Table:
    table = Table("part", "what it is", "bus", "pins")
    for name, use in (("modem", board.modem), *board.parts.items()):
        wires = {"uart": use.uart, "i2c": use.i2c, "spi": use.spi}
        made_of = ", ".join(use.uses.values())
        bus = " ".join(f"{kind} {name}" for kind, name in wires.items() if name)
        if made_of:
            bus = f"parts {made_of}"
        if use.address is not None:
            bus += f" at {use.address:#04x}" if isinstance(use.address, int) else f" at {use.address}"
        pins = ", ".join(f"{pin} GPIO{gpio}" for pin, gpio in use.pins.items())
        table.add_row(name, part_kinds()[use.part].title, bus, pins)
    return table


def _points(board: Board) -> Table:
    schema = table_of(board)
    title = f"points, schema {schema.schema_id:#08x}"
    table = Table("point", "path", "unit", "scale", "kind", "from", title=title)
    for point in schema.points:
        source = f"{point.part}.{point.field}"
        table.add_row(point.name, point.path, point.unit, point.scale, point.kind, source)
    return table


def _rules(board: Board) -> Table:
    table = Table("point", "class", "cannot be right", "reported out of turn")
    for name, point in board.points.items():
        table.add_row(name, point.priority, quality_text(point), report_text(point))
    return table
