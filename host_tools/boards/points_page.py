"""docs/points.md: the points of all products, for people; `citynode boards table` prints it."""

from collections.abc import Mapping

from host_tools.boards.load import board_names, health_table, load_board
from host_tools.boards.lwm2m_objects import names, registry
from host_tools.boards.model import PointDeclaration
from host_tools.boards.schemas import table_of

HEAD = """\
# Points

What the products report. This page is what `citynode boards table` prints; the points are declared in
`boards/*/board.toml` and `boards/health.toml`, the LwM2M objects in `boards/lwm2m_objects.json`.

- *path*: LwM2M object/instance/resource; *unit*: SenML; *scale*: the value of one step on the wire.
- *kind*: telemetry is measured, a signal is a state, a control is what an output has.
- *class*: of the records that the point's rules raise; alarms leave at once.
- *cannot be right*: a value outside the range is invalid, and so is a jump, until a second sample agrees with
  it; so many equal samples in a row are a fault.
- *reported out of turn*: when it has changed by a step since the last report, and when an alarm begins (above
  or below a threshold) or ends (back by the hysteresis).
"""
COLUMNS = "point", "path", "object, resource", "unit", "scale", "kind", "class"
COLUMNS += "cannot be right", "reported out of turn"


def points_page() -> str:
    """The page, in Markdown."""
    sections = [HEAD]
    for board in map(load_board, board_names()):
        sections.append(_section(board.title, board.name, table_of(board).schema_id, board.points))
    health = health_table()
    sections.append(_section("Health of any product", health.name, table_of(health).schema_id, health.points))
    sections.append(_overrides())
    return "\n".join(sections)


def quality_text(point: PointDeclaration) -> str:
    """What tells a value that cannot be right, in the point's unit."""
    said = []
    if point.range:
        said.append(f"outside {_text(point.range[0])} to {_text(point.range[1])}")
    if point.jump is not None:
        said.append(f"jump over {_text(point.jump)}")
    if point.stuck is not None:
        said.append(f"{point.stuck} equal samples")
    return ", ".join(said)


def report_text(point: PointDeclaration) -> str:
    """What is worth a report out of turn, in the point's unit."""
    said = []
    if point.step is not None:
        said.append(f"step of {_text(point.step)}")
    elif point.kind != "telemetry":
        said.append("any change")
    for key in ("above", "below"):
        if getattr(point, key) is not None:
            said.append(f"{key} {_text(getattr(point, key))}")
    if point.hysteresis is not None:
        said.append(f"hysteresis {_text(point.hysteresis)}")
    if point.min_s:
        said.append(f"not within {point.min_s} s")
    return ", ".join(said)


def _section(title: str, name: str, schema_id: int, points: Mapping[str, PointDeclaration]) -> str:
    lines = [
        f"## {title} (`{name}`, schema {schema_id:#08x})",
        "",
        _row(COLUMNS),
        "|---" * len(COLUMNS) + "|",
    ]
    for point, declared in points.items():
        what = ", ".join(names(declared.path))
        scale = _text(declared.scale)
        cells = (point, declared.path, what, declared.unit, scale, declared.kind, declared.priority)
        lines.append(_row((*cells, quality_text(declared), report_text(declared))))
    return "\n".join(lines) + "\n"


def _overrides() -> str:
    lines = ["## Where the LwM2M registry is not followed", ""]
    for number, found in registry().items():
        for resource_id, resource in found.resources.items():
            if resource.override:
                title = f"{number}/{resource_id} ({found.name}, {resource.name})"
                lines.append(f"- {title}: {resource.override.reason}")
    return "\n".join(lines) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _text(number: float) -> str:
    return f"{number:.15g}"
