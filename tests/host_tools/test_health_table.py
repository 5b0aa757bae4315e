"""The health table: one for all products, of the fields that the node's own health has."""

import pytest

from drivers.modem.ladder import RUNGS
from host_tools.boards import BoardError, health_table, load_board, schemas, table_of
from host_tools.boards.check import check_health
from host_tools.boards.model import HealthTable
from host_tools.build.firmware_files import board_module

GOOD = health_table().model_dump(exclude_none=True)["points"]


def refused(**changes):
    """The fault of a table whose point `boots` has `changes`."""
    table = HealthTable(points={**GOOD, "boots": {**GOOD["boots"], **changes}})
    with pytest.raises(BoardError) as caught:
        check_health(table, "health.toml")
    return str(caught.value)


def test_the_collector_knows_it():
    table = table_of(health_table())
    assert schemas()[table.schema_id].product == "health"
    assert table.decode([1] * len(table.points))["boots"] == 1


def test_every_rung_of_the_ladder_has_a_point():
    fields = {point.field for point in table_of(health_table()).points}
    assert {f"rung_{rung}_count" for rung, _ in RUNGS} <= fields


def test_every_node_has_it():
    module = {}
    exec(board_module(load_board("smart_pole")), module)
    table = table_of(health_table())
    assert module["HEALTH_SCHEMA_ID"] == table.schema_id
    assert module["HEALTH"] == len(table.points)


def test_faults():
    of_boots = "health.toml: points.boots"
    assert refused(source="meter.boot_count") == f"{of_boots}.source: must be of 'health', not of 'meter'"
    assert refused(source="health.boots") == f"{of_boots}.source: 'boots' does not end in a unit"
    assert refused(unit="s") == f"{of_boots}.unit: health.boot_count is in count, not in s"
    assert refused(path="26241/0/999").startswith(f"{of_boots}.path: 26241/0/999, 'citynode health': ")
    assert refused(step=1) == f"{of_boots}.step: a point of the health table has none"
    assert refused(range=[0, 5]) == f"{of_boots}.range: a point of the health table has none"
    assert refused(scale=2) == f"{of_boots}.scale: must be the step of health.boot_count"
    twice = "health.toml: points.reset_cause.path: 26241/0/1 is already the path of boots"
    assert refused(path="26241/0/1") == twice
