"""Events and health reports for people and programs: in words, and by `citynode events` and `telemetry`."""

from datetime import UTC, datetime

import pytest

from host_tools.boards import load_board, schemas, table_of
from host_tools.cli.events import event_as_dict, event_as_line
from host_tools.collector.core import DecodedEvent
from host_tools.collector.payload import EPOCH_UNIX_S, Event, Report
from host_tools.collector.store import Store
from host_tools.events import facts, words
from tests.host_tools.processes import run_here

TABLE = table_of(load_board("smart_pole"))
WHEN = datetime(2026, 5, 1, 6, 30, tzinfo=UTC)
NOW = int(WHEN.timestamp())
EPC = bytes.fromhex("e200470d9a60602170b0011a")


def event(code, *data, schema_id=TABLE.schema_id):
    return DecodedEvent("pole-1", schema_id, 7, WHEN, True, code, list(data))


@pytest.mark.parametrize(
    ("code", "data", "expected", "text"),
    [
        (
            0,
            ["voltage", 1, 2551],
            {"point": "voltage", "state": "raised", "value": 255.1, "unit": "V"},
            "ALARM raised voltage 255.1 V",
        ),
        (
            0,
            ["energy", 0, 12],
            {"point": "energy", "state": "ended", "value": 12, "unit": "Wh"},
            "ALARM ended energy 12 Wh",
        ),
        (
            0,
            ["voltage", 1, None],
            {"point": "voltage", "state": "raised", "value": None, "unit": "V"},
            "ALARM raised voltage - V",
        ),
        (
            0,
            ["mains", 1, 2551],  # a point that this table has not
            {"point": "mains", "state": "raised", "value": 2551, "unit": None},
            "ALARM raised mains 2551",
        ),
        (1, ["noise", 0], {"name": "noise", "what": "works"}, "FAULT noise works"),
        (1, ["noise", 1], {"name": "noise", "what": "silent"}, "FAULT noise silent"),
        (1, ["noise", 2], {"name": "noise", "what": "out of range"}, "FAULT noise out of range"),
        (1, ["noise", 3], {"name": "noise", "what": "stuck"}, "FAULT noise stuck"),
        (2, ["ValueError: 3 {} in a.py"], {"text": "ValueError: 3 {} in a.py"}, None),
        (
            3,
            [4, "rules: no such point"],
            {"version": 4, "text": "rules: no such point"},
            "CONFIGURATION REFUSED version 4: rules: no such point",
        ),
        (
            4,
            [EPC, 1200, 5, -48],
            {"epc": EPC.hex(), "duration_ms": 1200, "count": 5, "peak_dbm": -48},
            f"PASS {EPC.hex()}  1200 ms  5 times  -48 dBm",
        ),
        (5, [0], {"state": "failed"}, "POWER failed"),
        (5, [1], {"state": "back"}, "POWER back"),
    ],
)
def test_what_events_say(code, data, expected, text):
    assert facts(event(code, *data), schemas()) == expected
    assert words(event(code, *data), schemas()) == (text or f"CRASH {data[0]}")


@pytest.mark.parametrize(
    ("code", "data", "name"),
    [
        (77, [1, b"\x01\xff", "x", None, True], "EVENT 77"),
        (0, [], "ALARM"),
        (0, ["voltage", 1], "ALARM"),
        (0, ["voltage", 1, 2, 3], "ALARM"),
        (1, ["noise", 9], "FAULT"),
        (1, ["noise", None], "FAULT"),
        (2, [], "CRASH"),
        (4, ["no bytes", 1, 2, 3], "PASS"),
        (5, [7], "POWER"),
        (5, [None], "POWER"),
    ],
)
def test_what_is_not_known_is_shown_as_it_came(code, data, name):
    raw = [item.hex() if isinstance(item, bytes) else item for item in data]
    assert facts(event(code, *data), schemas()) == {"data": raw}
    assert words(event(code, *data), schemas()) == f"{name} {raw}"


def test_an_alarm_of_an_unknown_table_is_shown_in_steps():
    assert words(event(0, "voltage", 1, 2551, schema_id=1), schemas()) == "ALARM raised voltage 2551"


def test_lines():
    assert event_as_dict(event(5, 0), schemas()) == {
        "node": "pole-1",
        "seq": 7,
        "time": "2026-05-01T06:30:00Z",
        "event": "power",
        "state": "failed",
    }
    assert event_as_dict(event(77), schemas())["event"] == 77
    assert event_as_line(event(5, 0), schemas()) == "2026-05-01T06:30:00Z  pole-1  #7  POWER failed"


@pytest.fixture
def db(tmp_path):
    """A database with a node that has reported, and told two events; and one that has not."""
    file = tmp_path / "collector.db"
    store = Store(file)
    health = next(table for table in schemas().values() if table.product == "health")
    for name in ("pole-1", "pole-2"):
        store.add_node(name, "smart_pole", TABLE.schema_id, None, NOW)
    own = Report(1, NOW - EPOCH_UNIX_S, [100, 2301, *[None] * (len(TABLE.points) - 2)])
    store.add_report("pole-1", TABLE.schema_id, own, NOW)
    of_health = Report(2, NOW - EPOCH_UNIX_S, list(range(len(health.points))))
    store.add_report("pole-1", health.schema_id, of_health, NOW, health=True)
    store.add_event("pole-1", Event(3, NOW - EPOCH_UNIX_S, 0, ["voltage", 1, 2551]), NOW)
    store.add_event("pole-1", Event(4, None, 77, [b"\x01"]), NOW + 60)
    store.close()
    return file


def test_events_on_the_command_line(capsys, db):
    assert run_here(capsys, "events", "pole-1", "--db", db).out.splitlines() == [
        "2026-05-01T06:30:00Z  pole-1  #3  ALARM raised voltage 255.1 V",
        "2026-05-01T06:31:00Z  pole-1  #4  EVENT 77 ['01']",
    ]
    lines = run_here(capsys, "events", "pole-1", "--db", db, "--json").json_lines
    assert [line["event"] for line in lines] == ["alarm", 77]
    assert run_here(capsys, "events", "pole-1", "--db", db, "--json", "--last", "1").json_lines == lines[1:]


def test_no_events_yet_and_no_such_node(capsys, db):
    assert "not told of any event" in run_here(capsys, "events", "pole-2", "--db", db).out
    assert run_here(capsys, "events", "pole-2", "--db", db, "--json").out == ""
    outcome = run_here(capsys, "events", "pole-9", "--db", db)
    assert outcome.code == 1 and "no node 'pole-9'" in outcome.err


def test_the_products_reports_and_those_of_health(capsys, db):
    shown = run_here(capsys, "telemetry", "pole-1", "--db", db, "--json").json
    assert shown["seq"] == 1 and shown["points"]["voltage"] == 230.1
    shown = run_here(capsys, "telemetry", "pole-1", "--db", db, "--json", "--health").json
    assert shown["seq"] == 2 and "boots" in shown["health"]
    assert (
        "HEALTH  boots" in run_here(capsys, "telemetry", "pole-1", "--db", db, "--health", "--last", "2").out
    )
    assert "its health yet" in run_here(capsys, "telemetry", "pole-2", "--db", db, "--health").out
