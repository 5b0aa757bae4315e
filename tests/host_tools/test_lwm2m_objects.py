"""The LwM2M objects of points: the registry file, and points that do not fit their resource."""

import pytest

from host_tools.boards import board_names, health_table, load_board
from host_tools.boards.lwm2m_objects import Object, check_path, names, registry
from host_tools.boards.model import PointDeclaration
from host_tools.points import PointError
from host_tools.senml_units import units
from tests.host_tools.board_files import edited, faults

TABLES = [health_table(), *map(load_board, board_names())]
USED = {point.path for table in TABLES for point in table.points.values()}
FIXED = {
    "source": "part.field_count",
    "unit": "count",
    "scale": 1,
}


def refused(path, **keys):
    with pytest.raises(PointError) as caught:
        check_path(PointDeclaration(**{**FIXED, "path": path, **keys}))
    return str(caught.value)


@pytest.fixture
def made(monkeypatch):
    """Resources made for a test, in object 5, which has one instance, and 6, which has several."""

    def make(**resource):
        resource = {"name": "Thing", "operations": "R", "type": "Integer", **resource}
        entry = {"name": "Box", "version": "1.0", "resources": {7: resource}}
        objects = {5: Object(multiple=False, **entry), 6: Object(multiple=True, **entry)}
        monkeypatch.setattr("host_tools.boards.lwm2m_objects.registry", lambda: objects)

    return make


def test_every_object_and_resource_of_the_file_is_used():
    used = {tuple(map(int, path.split("/")[::2])) for path in USED}
    assert used == {(number, r) for number, found in registry().items() for r in found.resources}


@pytest.mark.parametrize("path", sorted(USED))
def test_every_point_has_its_names(path):
    assert all(names(path))


def test_names_of_the_registry():
    assert names("3418/2/1") == ("Electrical monitor", "Supply voltage")
    assert names("26241/0/0") == ("citynode health", "Boots")
    assert registry()[26241].note and registry()[3418].version == "2.0"


def test_every_override_has_a_reason_and_a_unit_of_senml():
    overrides = [r.override for found in registry().values() for r in found.resources.values() if r.override]
    assert overrides
    for override in overrides:
        assert override.reason.endswith(".")
        assert override.unit in (*units(), "")


def test_what_is_not_in_the_registry(made):
    made()
    assert refused("9/0/7") == "path: 9/0/7: boards/lwm2m_objects.json has no object 9"
    assert refused("5/0/8") == "path: 5/0/8, 'Box': boards/lwm2m_objects.json has no such resource"
    assert refused("5/1/7") == "path: 5/1/7, 'Box': the object has one instance, 0"
    for path in ("5/0/7", "6/1/7"):
        check_path(PointDeclaration(**FIXED, path=path))


@pytest.mark.parametrize("type_", ["String", "Opaque", "Time", "Objlnk"])
def test_a_resource_that_is_no_number(made, type_):
    made(type=type_)
    assert refused("5/0/7") == f"path: 5/0/7, 'Box' 'Thing': a point has a number, not a {type_}"


def test_operations(made):
    made(operations="W")
    assert refused("5/0/7") == "kind: 5/0/7, 'Box' 'Thing': a telemetry must have R, and this has W"
    made(operations="R")
    assert (
        refused("5/0/7", kind="control")
        == "kind: 5/0/7, 'Box' 'Thing': a control must have W, and this has R"
    )
    made(operations="RW")
    for kind in ("telemetry", "signal", "control"):
        check_path(PointDeclaration(**FIXED, path="5/0/7", kind=kind))


def test_kinds_and_types(made):
    made(type="Float")
    said = "kind: 5/0/7, 'Box' 'Thing': a signal is a Boolean or an Integer, not a Float"
    assert refused("5/0/7", kind="signal") == said
    made(type="Boolean")
    said = "kind: 5/0/7, 'Box' 'Thing': a Boolean is a signal or a control, not telemetry"
    assert refused("5/0/7", unit="/") == said
    said = "scale: 5/0/7, 'Box' 'Thing': a Boolean has unit / and scale 1"
    assert refused("5/0/7", kind="signal") == said
    assert refused("5/0/7", kind="signal", unit="/", scale=2) == said
    check_path(PointDeclaration(**{**FIXED, "unit": "/"}, path="5/0/7", kind="signal"))


@pytest.mark.parametrize("type_", ["Integer", "Unsigned Integer"])
def test_scales_of_integers(made, type_):
    made(type=type_)
    for scale in (0.5, 1.5):
        said = f"scale: 5/0/7, 'Box' 'Thing': an Integer is no place for steps of {scale}"
        assert refused("5/0/7", scale=scale) == said
    check_path(PointDeclaration(**{**FIXED, "scale": 10}, path="5/0/7"))
    made(type="Float")
    check_path(PointDeclaration(**{**FIXED, "scale": 0.5}, path="5/0/7"))


def test_units(made):
    made(unit="V")
    assert refused("5/0/7") == "unit: 5/0/7, 'Box' 'Thing': is in V, not in count"
    made(unit="furlong")  # which SenML does not know
    check_path(PointDeclaration(**FIXED, path="5/0/7"))


def test_an_override(made):
    made(unit="V", override={"reason": "An error.", "unit": "m", "step": "0.01"})
    assert refused("5/0/7") == "unit: 5/0/7, 'Box' 'Thing': is in m, not in count"
    metres = {**FIXED, "unit": "m"}
    check_path(PointDeclaration(**{**metres, "scale": 0.02}, path="5/0/7"))
    assert "no place for steps of 0.005" in refused("5/0/7", unit="m", scale=0.005)


def test_a_board_file_with_a_path_of_another_thing(tmp_path):
    assert faults(tmp_path, edited(('"3303/0/5700"', '"3303/0/5701"'))) == [
        "points.temperature.path: 3303/0/5701, 'Temperature': boards/lwm2m_objects.json has no such resource"
    ]
    assert faults(tmp_path, edited(('"3418/0/2"', '"3418/1/4"'))) == [
        "points.current.unit: 3418/1/4, 'Electrical monitor' 'Active power': is in W, not in A"
    ]
