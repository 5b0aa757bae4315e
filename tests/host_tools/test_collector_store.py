import contextlib
import os
import sqlite3
import stat

import cbor2
import pytest

from host_tools.collector.commands import queue_command, wait_result
from host_tools.collector.payload import EPOCH_UNIX_S, Configuration, Event, Report, Result, Status
from host_tools.collector.store import Keys, Node, Store, UnknownNodeError
from protocols.errors import EncodeError

NOW = EPOCH_UNIX_S + 200_000_000


@pytest.fixture
def path(tmp_path):
    return tmp_path / "collector.db"


@pytest.fixture
def store(path):
    store = Store(path)
    store.add_node("pole-1", "smart_pole", 7, Keys(b"secret", b"salt"), NOW)
    yield store
    store.close()


def add(store, seq=1, time=5, values=(1, None), now=NOW):
    return store.add_report("pole-1", 7, Report(seq, time, list(values)), now)


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_the_owner_can_read_the_secrets(path):
    path.touch(mode=0o644)
    store = Store(path)
    store.add_node("pole-1", "smart_pole", 7, Keys(b"secret", b"salt"), NOW)
    files = list(path.parent.iterdir())
    assert len(files) == 3  # with -wal and -shm
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


def test_nodes(store):
    assert store.node("pole-1") == Node("pole-1", "smart_pole", 7, b"\0\1", b"secret", b"salt", NOW, None)
    assert "secret'" not in repr(store.node("pole-1"))
    assert store.node("pole-2") is None
    store.seen("pole-1", NOW + 5)
    assert store.node("pole-1").last_seen == NOW + 5


def test_a_kid_is_given_once(store):
    assert store.node_of_kid(b"\0\1").name == "pole-1"
    assert store.add_node("pole-1", "smart_pole", 7, Keys(b"a", b"b"), NOW) == b"\0\2"
    assert store.add_node("pole-2", "smart_pole", 7, Keys(b"c", b"d"), NOW) == b"\0\3"
    assert store.node_of_kid(b"\0\1") is None
    assert store.add_node("pole-2", "smart_pole", 7, None, NOW) is None
    assert store.node("pole-2").master_secret is None
    assert store.add_node("pole-2", "smart_pole", 7, Keys(b"c", b"d"), NOW) == b"\0\4"


def test_kids_grow_when_two_bytes_are_used_up(store, path):
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        other.execute("INSERT INTO kids (number, node) VALUES (65535, 'x')")
    assert store.add_node("pole-2", "smart_pole", 7, Keys(b"c", b"d"), NOW) == b"\1\0\0"


def test_a_database_of_another_version_is_refused(path):
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        old.execute("CREATE TABLE nodes (node TEXT)")
    with pytest.raises(sqlite3.DatabaseError, match=r"collector\.db is the database of another version"):
        Store(path)


# What version 2 had of the two tables that have changed since.
VERSION_2 = """
CREATE TABLE nodes (node TEXT PRIMARY KEY, product TEXT NOT NULL, schema_id INTEGER NOT NULL, kid BLOB UNIQUE,
    master_secret BLOB, master_salt BLOB, created INTEGER NOT NULL, last_seen INTEGER);
CREATE TABLE reports (id INTEGER PRIMARY KEY, node TEXT NOT NULL REFERENCES nodes, seq INTEGER NOT NULL,
    time INTEGER, received INTEGER NOT NULL, schema_id INTEGER NOT NULL, "values" BLOB NOT NULL);
INSERT INTO nodes VALUES ('pole-1', 'smart_pole', 7, NULL, NULL, NULL, 1, NULL);
INSERT INTO reports VALUES (1, 'pole-1', 1, 5, 6, 7, x'8101');
PRAGMA user_version = 2;
"""


def test_a_database_of_version_2_is_brought_up_to_date(path):
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(VERSION_2)
    for _ in range(2):
        store = Store(path)
        (report,) = store.reports("pole-1")
        assert (report.values, report.health) == ([1], False)
        node = store.node("pole-1")
        assert (node.configuration, node.configuration_reported) == (None, None)
        store.close()
    store = Store(path)
    assert store.add_event("pole-1", Event(2, None, 0, []), NOW) and len(store.events("pole-1")) == 1
    store.close()


def test_provisioning_again_keeps_the_reports(store):
    add(store)
    store.add_node("pole-1", "smart_pole", 8, Keys(b"new secret", b"new salt"), NOW + 9)
    assert store.node("pole-1") == Node(
        "pole-1", "smart_pole", 8, b"\0\2", b"new secret", b"new salt", NOW, None
    )
    assert len(store.reports("pole-1")) == 1


def test_values_are_stored_as_integers(store, path):
    add(store, values=[230, None, "invalid", -4])
    row = sqlite3.connect(path).execute('SELECT seq, time, received, schema_id, "values" FROM reports')
    assert row.fetchall() == [(1, EPOCH_UNIX_S + 5, NOW, 7, cbor2.dumps([230, None, "invalid", -4]))]


def test_a_report_is_stored_once(store):
    for time in (5, None):
        assert add(store, time=time) is not None
        assert add(store, time=time, now=NOW + 60) is None
    assert len(store.reports("pole-1")) == 2


def test_what_makes_a_report_another(store):
    store.add_node("pole-2", "smart_pole", 7, None, NOW)
    store.add_report("pole-2", 7, Report(1, 5, [1, None]), NOW)
    for report in ({}, {"seq": 2}, {"time": 6}, {"time": None}, {"values": [1, 0]}):
        assert add(store, **report) is not None
    assert add(store, time=None, values=[2, None]) is not None  # restarted, and still without a clock
    assert len(store.reports("pole-1")) == 6


def test_reports_of_the_product_and_of_health_are_told_apart(store):
    add(store, seq=1)
    store.add_report("pole-1", 8, Report(2, 5, [9]), NOW, health=True)
    add(store, seq=3)
    store.add_report("pole-1", 8, Report(4, 6, [9]), NOW, health=True)

    def numbers(*arguments):
        return [report.seq for report in store.reports("pole-1", *arguments)]

    assert numbers() == [1, 2, 3, 4]
    assert numbers(None, False) == [1, 3] and numbers(None, True) == [2, 4]
    assert numbers(1, False) == [3] and numbers(1, True) == [4]
    assert [report.health for report in store.reports("pole-1", 2)] == [False, True]


def test_the_schema_in_use_is_that_of_the_newest_report_of_the_product(store):
    store.add_node("pole-2", "smart_pole", 9, None, NOW)
    assert store.schema_in_use("pole-2") == 9
    store.add_report("pole-2", 10, Report(1, 5, [1]), NOW)
    store.add_report("pole-2", 8, Report(2, 5, [1]), NOW, health=True)
    assert store.schema_in_use("pole-2") == 10
    assert store.schema_in_use("pole-1") == 7


def add_event(store, seq=1, time=5, code=0, data=("voltage", 1, b"\xe2", None), now=NOW):
    return store.add_event("pole-1", Event(seq, time, code, list(data)), now)


def test_an_event_is_stored_once(store):
    for time in (5, None):
        stored = add_event(store, time=time)
        assert stored == store.events("pole-1")[-1]
        assert add_event(store, time=time, now=NOW + 60) is None
    assert stored.data == ["voltage", 1, b"\xe2", None] and stored.received == NOW
    assert len(store.events("pole-1")) == 2


def test_what_makes_an_event_another(store):
    store.add_node("pole-2", "smart_pole", 7, None, NOW)
    store.add_event("pole-2", Event(1, 5, 0, ["voltage", 1, b"\xe2", None]), NOW)
    for event in ({}, {"seq": 2}, {"time": 6}, {"time": None}, {"code": 1}, {"data": []}):
        assert add_event(store, **event) is not None
    assert len(store.events("pole-1")) == 6
    assert [event.seq for event in store.events("pole-1", last=5)] == [2, 1, 1, 1, 1]


def test_the_configuration_of_a_node(store, path):
    store.seen("pole-1", NOW, 0)
    with contextlib.closing(sqlite3.connect(path)) as other, other:
        settings = cbor2.dumps({"sample_s": 60})
        other.execute("UPDATE nodes SET configuration_version = 3, configuration = ?", (settings,))
    node = store.node("pole-1")
    assert (node.configuration, node.configuration_reported) == (Configuration(3, {"sample_s": 60}), 0)
    store.seen("pole-1", NOW + 5, 3)
    store.seen("pole-1", NOW + 9)
    assert store.node("pole-1").configuration_reported == 3


def test_reports_need_a_node(store):
    with pytest.raises(sqlite3.IntegrityError):
        store.add_report("pole-9", 7, Report(1, 5, []), NOW)


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        add(store)
        raise ZeroDivisionError
    assert store.reports("pole-1") == []
    with store.transaction():
        add(store)
    assert len(store.reports("pole-1")) == 1


def test_what_is_committed_is_there_for_others(store, path):
    other = Store(path)
    with store.transaction():
        add(store)
        assert other.reports("pole-1") == []
    assert len(other.reports("pole-1")) == 1
    other.close()


def queue(store, name="lamp", args=(80,), deadline_s=60):
    return queue_command(store, "pole-1", name, list(args), deadline_s, now=lambda: NOW + 0.5)


def test_commands_wait_until_their_result_or_deadline(store):
    first, second = queue(store, args=[80, "A", None, True]), queue(store, deadline_s=30)
    waiting = store.waiting_commands("pole-1", NOW + 29)
    assert [command.id for command in waiting] == [first, second]
    assert (waiting[0].name, waiting[0].args) == ("lamp", [80, "A", None, True])
    assert waiting[0].deadline == 200_000_060
    assert [command.id for command in store.waiting_commands("pole-1", NOW + 30)] == [first]
    assert store.finish_command("pole-1", Result(first, Status.DONE, None), NOW + 31)
    assert store.waiting_commands("pole-1", NOW + 31) == []


def test_a_result_counts_once_and_from_its_node_only(store):
    store.add_node("pole-2", "smart_pole", 7, None, NOW)
    command = queue(store)
    assert not store.finish_command("pole-2", Result(command, Status.DONE, None), NOW)
    assert not store.finish_command("pole-1", Result(command + 1, Status.DONE, None), NOW)
    assert store.result(command) is None
    assert store.finish_command("pole-1", Result(command, Status.FAILED, "no relay"), NOW)
    assert not store.finish_command("pole-1", Result(command, Status.DONE, None), NOW)
    assert store.result(command) == Result(command, Status.FAILED, "no relay")


def test_command_ids_are_never_used_again(store, path):
    first = queue(store)
    with sqlite3.connect(path) as other:
        other.execute("DELETE FROM commands")
    assert queue(store) > first


def test_only_what_a_node_can_read_is_queued(store):
    with pytest.raises(EncodeError):
        queue(store, args=[1 << 30])
    with pytest.raises(UnknownNodeError, match="pole-9"):
        queue_command(store, "pole-9", "lamp", [], 60)
    assert store.waiting_commands("pole-1", NOW) == []


def test_waiting_for_a_result_from_another_process(store, path):
    command = queue(store)
    collector = Store(path)
    elapsed_s = 0

    def sleep(seconds):
        nonlocal elapsed_s
        elapsed_s += seconds
        if elapsed_s > 5:
            collector.finish_command("pole-1", Result(command, Status.DONE, "80 %"), NOW)

    assert wait_result(store, command, 2, clock=lambda: elapsed_s, sleep=sleep) is None
    assert 2 <= elapsed_s < 3
    assert wait_result(store, command, 10, clock=lambda: elapsed_s, sleep=sleep) == Result(
        command, Status.DONE, "80 %"
    )
    assert 5 < elapsed_s < 6
    collector.close()
