"""Released point tables: kept as they were, and nobody else gets their ids."""

import json
from dataclasses import replace
from importlib import import_module

import pytest

from host_tools.boards import load_board, schemas, table_of
from host_tools.boards.released import release, released_tables
from host_tools.build import bundle
from host_tools.points import PointError, PointTable

BOARD = load_board("smart_pole")
POLE = table_of(BOARD)
OLD = PointTable("smart_pole", POLE.points[:-1])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of released tables, in place of the project's."""
    monkeypatch.setattr("host_tools.boards.released.released_folder", lambda: tmp_path / "released")
    schemas.cache_clear()
    yield tmp_path / "released"
    schemas.cache_clear()


def test_a_released_table_is_read_as_it_was(folder):
    assert released_tables() == []
    assert release(OLD) == release(OLD)
    (kept,) = released_tables()
    assert kept.content() == OLD.content()
    assert kept.schema_id == OLD.schema_id


def test_reports_of_a_released_table_are_decoded_whatever_the_board_file_says_now(folder):
    release(OLD)
    values = [60, 2213, 343, 736, 211, 2567, 787]
    assert schemas()[OLD.schema_id].decode(values)["voltage"] == 221.3
    assert schemas()[POLE.schema_id].points == POLE.points


def test_a_file_that_was_changed_is_refused(folder):
    file = release(OLD)
    content = json.loads(file.read_text())
    content[1][0]["scale"] = "2"
    file.write_text(json.dumps(content))
    with pytest.raises(PointError, match=rf"{OLD.schema_id:06x}\.json: changed since its release"):
        released_tables()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '["x", [{}]]', '["x", 5]'])
def test_a_file_that_is_no_table_is_refused(folder, text):
    folder.mkdir()
    (folder / "x-000000.json").write_text(text)
    with pytest.raises(PointError, match=r"x-000000\.json: not a released point table"):
        released_tables()


def test_the_build_refuses_a_schema_id_that_another_table_has(folder, monkeypatch):
    bundle.build(BOARD, use_stand_in=True)
    other = PointTable("other_product", POLE.points)
    other.schema_id = POLE.schema_id
    monkeypatch.setattr(import_module("host_tools.boards.schemas"), "released_tables", lambda: [other])
    schemas.cache_clear()
    with pytest.raises(
        PointError, match=f"id {POLE.schema_id:#08x} of another, other_product's; rename a point"
    ):
        bundle.build(BOARD, use_stand_in=True)


def test_two_tables_with_one_hash_are_refused(folder):
    """No forged id: 24 bits are few, so among some thousand tables two have the same."""
    seen = {}
    for i in range(60_000):
        table = PointTable(("one", "other")[i % 2], [replace(POLE.points[0], name=f"point_{i}")])
        twin = seen.setdefault(table.schema_id, table)
        if twin.product != table.product:
            break
    before = set(schemas())
    release(table)
    schemas.cache_clear()
    assert set(schemas()) - before == {table.schema_id}
    schemas.cache_clear()
    release(twin)
    with pytest.raises(PointError, match=f"{table.schema_id:#08x} of another"):
        schemas()
