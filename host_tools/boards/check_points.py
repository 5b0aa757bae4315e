"""What must hold of the points of a board and of the health table, beyond the file's shape."""

from collections.abc import Iterator

from host_tools.boards.lwm2m_objects import check_path
from host_tools.boards.model import HEALTH, Board, HealthTable, PointDeclaration, part_kinds
from host_tools.boards.rules import make_rules
from host_tools.points import PointError, field_unit, make_point

PLAIN = {"source", "path", "unit", "scale"}


def point_faults(board: Board, health: HealthTable) -> Iterator[str]:
    """A line for each fault, beginning with the field."""
    for name, point in board.points.items():
        part, _, measured = point.source.partition(".")
        use = board.parts.get(part)
        kind = part_kinds().get(use.part) if use else None
        if use is None:
            yield f"points.{name}.source: the board has no part {part!r}"
        elif kind and measured not in kind.fields:
            yield f"points.{name}.source: {use.part} measures {', '.join(kind.fields)}, not {measured!r}"
        else:
            yield from _faults(name, point)
        if name in health.points:
            yield f"points.{name}: boards/health.toml has a point of that name"
    yield from _path_faults({**health.points, **board.points})


def health_faults(health: HealthTable) -> Iterator[str]:
    for name, point in health.points.items():
        part, _, measured = point.source.partition(".")
        if part != HEALTH:
            yield f"points.{name}.source: must be of {HEALTH!r}, not of {part!r}"
        try:
            field_unit(measured)
        except KeyError:
            yield f"points.{name}.source: {measured!r} does not end in a unit"
        else:
            yield from _faults(name, point) or _plainness_faults(name, point)
    yield from _path_faults(health.points)


def _plainness_faults(name: str, point: PointDeclaration) -> Iterator[str]:
    """The node reports its health as it is: of these points it knows the fields alone."""
    for key, field in PointDeclaration.model_fields.items():
        if key not in PLAIN and getattr(point, key) != field.default:
            yield f"points.{name}.{key}: a point of the health table has none"
    if make_point(name, point).divisor != 1:
        yield f"points.{name}.scale: must be the step of {point.source}"


def _faults(name: str, declaration: PointDeclaration) -> list[str]:
    try:
        point = make_point(name, declaration)
        check_path(declaration)
        make_rules(point, declaration)
    except PointError as error:
        return [f"points.{name}.{error}"]
    return []


def _path_faults(points: dict[str, PointDeclaration]) -> Iterator[str]:
    paths: dict[str, str] = {}
    for name, point in points.items():
        if point.path in paths:
            yield f"points.{name}.path: {point.path} is already the path of {paths[point.path]}"
        paths.setdefault(point.path, name)
