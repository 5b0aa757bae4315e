"""The LwM2M objects and resources that points are, and whether a point fits its resource.

The registry is boards/lwm2m_objects.json: what the boards use of the OMA's.  Where the OMA's is in error,
or in words that SenML does not have, the file has an `override` with its reason.
"""

from fractions import Fraction
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from host_tools.boards.model import PointDeclaration
from host_tools.points import PointError, exact
from host_tools.senml_units import units

WHOLE = ("Integer", "Unsigned Integer")
NUMBERS = (*WHOLE, "Float", "Boolean")


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Override(Entry):
    """What a resource is to us, against its entry in the OMA's registry."""

    reason: str
    unit: str = ""
    step: str = "1"  # the value of one, for integers


class Resource(Entry):
    name: str
    operations: str  # R, W or both
    type: str
    unit: str = ""
    override: Override | None = None

    @property
    def our_unit(self) -> str:
        """The unit that a point must have; "" for any."""
        if self.override:
            return self.override.unit
        return self.unit if self.unit in units() else ""

    @property
    def step(self) -> Fraction:
        """The value of one, if the resource has integers only."""
        return Fraction(self.override.step if self.override else 1)


class Object(Entry):
    name: str
    version: str
    multiple: bool
    note: str = ""
    resources: dict[int, Resource]


class Registry(Entry):
    source: str
    objects: dict[int, Object]


@cache
def registry() -> dict[int, Object]:
    """Object id -> object, with its resources in use."""
    text = files("boards").joinpath("lwm2m_objects.json").read_text(encoding="utf-8")
    return Registry.model_validate_json(text).objects


def names(path: str) -> tuple[str, str]:
    """Of the object and the resource of a checked point's path."""
    number, _, resource = map(int, path.split("/"))
    found = registry()[number]
    return found.name, found.resources[resource].name


def check_path(point: PointDeclaration) -> None:
    """PointError: the registry has no such resource, or the point does not fit it."""
    number, instance, resource_id = map(int, point.path.split("/"))
    found = registry().get(number)
    if found is None:
        raise PointError(f"path: {point.path}: boards/lwm2m_objects.json has no object {number}")
    where = f"{point.path}, {found.name!r}"
    if instance and not found.multiple:
        raise PointError(f"path: {where}: the object has one instance, 0")
    resource = found.resources.get(resource_id)
    if resource is None:
        raise PointError(f"path: {where}: boards/lwm2m_objects.json has no such resource")
    _check_resource(point, resource, f"{where} {resource.name!r}")


def _check_resource(point: PointDeclaration, resource: Resource, where: str) -> None:
    if resource.type not in NUMBERS:
        raise PointError(f"path: {where}: a point has a number, not a {resource.type}")
    wanted = "W" if point.kind == "control" else "R"
    if wanted not in resource.operations:
        raise PointError(
            f"kind: {where}: a {point.kind} must have {wanted}, and this has {resource.operations}"
        )
    if point.kind == "signal" and resource.type == "Float":
        raise PointError(f"kind: {where}: a signal is a Boolean or an Integer, not a Float")
    if point.kind == "telemetry" and resource.type == "Boolean":
        raise PointError(f"kind: {where}: a Boolean is a signal or a control, not telemetry")
    if resource.our_unit and point.unit != resource.our_unit:
        raise PointError(f"unit: {where}: is in {resource.our_unit}, not in {point.unit}")
    if resource.type == "Boolean" and (point.unit != "/" or point.scale != 1):
        raise PointError(f"scale: {where}: a Boolean has unit / and scale 1")
    if resource.type in WHOLE and (exact(point.scale) / resource.step).denominator != 1:
        raise PointError(f"scale: {where}: an Integer is no place for steps of {point.scale:.15g}")
