"""The collector's core, fed with the datagrams of a node."""

import itertools
from datetime import UTC, datetime

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host_tools.collector.commands import queue_command
from host_tools.collector.core import Collector, DecodedEvent, DecodedReport, decode_report
from host_tools.collector.payload import EPOCH_UNIX_S, Result, Status
from host_tools.collector.store import Store
from protocols.coap.client import post
from protocols.coap.message import Message, decode, path_options
from protocols.coap.numbers import ACK, CHANGED, CON, GET, POST, dotted
from tests.host_tools.packing import packed

NODE = ("192.0.2.1", 40000)
START = EPOCH_UNIX_S + 200_000_000
TIME = 199_999_990  # of a report, ten seconds before START


class Table:
    """A schema of two points: volts in tenths, and a door."""

    product = "smart_pole"

    def decode(self, values):
        if len(values) != 2:
            raise ValueError(f"{len(values)} values for 2 points")
        volts, door = values
        return {"voltage": None if volts is None else volts / 10, "door": door}


def reports(*rows, schema_id=7):
    """An uplink of these reports."""
    return {2: packed(rows, schema_id)}


class Site:
    """A collector and one node that talks to it."""

    def __init__(self, path, schemas):
        self.now = START
        self.store = Store(path)
        self.store.add_node("pole-1", "smart_pole", 7, None, START)
        self.message_ids = itertools.count(1)
        self.collector = Collector(self.store, schemas, lambda: self.now, plaintext=True)
        self.seen = []
        self.health, self.events = [], []
        self.collector.on_report.append(self.seen.append)
        self.collector.on_health.append(self.health.append)
        self.collector.on_event.append(self.events.append)

    def request(self, message, path="/up/pole-1", content_format=60):
        payload = message if isinstance(message, bytes) else cbor2.dumps(message)
        return post(path, payload, content_format, next(self.message_ids), b"tk")

    def send(self, request):
        """The response to a request Message."""
        (reply,) = self.collector.datagram(request.encode(), NODE)
        return decode(reply)

    def uplink(self, message):
        """What the collector answers to an uplink that it accepts."""
        response = self.send(self.request(message))
        assert (response.type, response.code, response.content_format()) == (ACK, CHANGED, 60)
        return cbor2.loads(response.payload)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "collector.db", {7: Table()})
    yield site
    site.store.close()


def test_a_report_is_stored_and_shown(site):
    assert site.uplink(reports([1, TIME, 2301, 0])) == {0: 1, 1: 200_000_000, 3: [1, 1]}
    (report,) = site.store.reports("pole-1")
    assert (report.seq, report.time, report.values) == (1, START - 10, [2301, 0])
    when = datetime.fromtimestamp(START - 10, UTC)
    assert site.seen == [DecodedReport("pole-1", 7, 1, when, True, {"voltage": 230.1, "door": 0})]
    assert site.store.node("pole-1").last_seen == START


def test_a_report_without_a_time_gets_the_time_of_receipt_and_a_mark(site):
    site.uplink(reports([1, None, None, 1]))
    (report,) = site.seen
    assert report.time == datetime.fromtimestamp(START, UTC)
    assert not report.clock_set
    assert report.points == {"voltage": None, "door": 1}


def test_after_a_lost_ack_the_same_datagram_gets_the_same_reply(site):
    request = site.request(reports([1, TIME, 2301, 0]))
    first = site.send(request)
    site.now += 20
    queue_command(site.store, "pole-1", "lamp", [80], 60, now=lambda: site.now)
    assert site.send(request) == first
    assert len(site.seen) == len(site.store.reports("pole-1")) == 1


def test_a_report_sent_anew_is_stored_once_even_by_a_restarted_collector(site, tmp_path):
    message = reports([1, TIME, 2301, 0], [2, None, 2302, 0])
    site.uplink(message)
    site.now += 600
    restarted = Site(tmp_path / "collector.db", {7: Table()})
    for again in (site, restarted):
        assert 1 in again.uplink(message)
    assert len(site.store.reports("pole-1")) == 2
    assert len(site.seen) == 2
    assert restarted.seen == []
    assert restarted.collector.counts["repeated reports"] == 2
    restarted.store.close()


EVENT = [3, TIME + 5, 0, "voltage", 1, 2551]


def test_events_are_stored_shown_and_acknowledged_with_the_reports(site):
    answer = site.uplink({**reports([1, TIME, 2301, 0], [2, TIME, 2302, 0]), 4: [EVENT, [9, None, 77, b"x"]]})
    assert answer[3] == [1, 3, 9, 1]
    assert [(event.seq, event.code, event.data) for event in site.store.events("pole-1")] == [
        (3, 0, ["voltage", 1, 2551]),
        (9, 77, [b"x"]),
    ]
    when = datetime.fromtimestamp(START - 5, UTC)
    alarm = DecodedEvent("pole-1", 7, 3, when, True, 0, ["voltage", 1, 2551])
    assert site.events == [
        alarm,
        DecodedEvent("pole-1", 7, 9, datetime.fromtimestamp(START, UTC), False, 77, [b"x"]),
    ]


def test_an_event_sent_anew_is_stored_once_and_acknowledged_again(site):
    for _ in range(2):
        assert site.uplink({4: [EVENT]})[3] == [3, 1]
    assert len(site.store.events("pole-1")) == len(site.events) == 1
    assert (site.collector.counts["events"], site.collector.counts["repeated events"]) == (1, 1)


def test_health_reports_are_told_apart_and_acknowledged(site):
    site.store.add_node("pole-1", "smart_pole", 7, None, START)
    assert site.uplink({**reports([1, TIME, 2301, 0]), 5: packed([[2, TIME, 17]], 8)})[3] == [1, 2]
    assert [report.health for report in site.store.reports("pole-1")] == [False, True]
    assert [(report.seq, report.schema_id, report.health) for report in site.health] == [(2, 8, True)]
    assert [report.seq for report in site.seen] == [1]


def test_a_configuration_is_sent_until_the_node_has_it(site):
    settings = cbor2.dumps({"sample_s": 60})
    site.store._db.execute("UPDATE nodes SET configuration_version = 3, configuration = ?", (settings,))
    for uplink in ({6: 0}, {6: 2}, {6: 4}):
        answer = site.uplink(uplink)
        assert (answer[4], answer[5]) == (3, {"sample_s": 60})
        assert site.store.node("pole-1").configuration_reported == uplink[6]
    for uplink in ({6: 3}, {}):
        answer = site.uplink(uplink)
        assert 4 not in answer and 5 not in answer


def test_a_command_is_delivered_until_its_result_arrives(site):
    command = queue_command(site.store, "pole-1", "lamp", [80], 60, now=lambda: site.now)
    waiting = [[command, 200_000_060, "lamp", [80]]]
    assert site.uplink({})[2] == waiting
    site.now += 30
    assert site.uplink({})[2] == waiting  # the first answer may have been lost
    assert 2 not in site.uplink({3: [[command, 0, "80 %"]]})
    assert site.store.result(command) == Result(command, Status.DONE, "80 %")
    assert 2 not in site.uplink({3: [[command, 0, "80 %"]]})  # the node did not hear us
    assert site.collector.counts["repeated or unknown results"] == 1


def test_a_command_is_not_delivered_after_its_deadline_but_its_result_is_taken(site):
    command = queue_command(site.store, "pole-1", "lamp", [80], 60, now=lambda: site.now)
    site.now += 60
    assert 2 not in site.uplink({})
    site.uplink({3: [[command, 3, None]]})
    assert site.store.result(command).status == Status.EXPIRED


def test_many_commands_are_spread_over_answers(site):
    commands = [
        queue_command(site.store, "pole-1", "show", ["x" * 100], 600, lambda: START) for _ in range(10)
    ]
    delivered = []
    while len(delivered) < len(commands):
        new = [command[0] for command in site.uplink({3: [[id, 0, None] for id in delivered]})[2]]
        assert new and new[0] not in delivered
        delivered += new
    assert delivered == commands


def test_reports_of_an_unknown_schema_are_read_later(site):
    site.uplink(reports([1, TIME, 2301, 0], [2, TIME + 60, None, "invalid"], schema_id=8))
    assert [report.points for report in site.seen] == [None, None]
    stored = site.store.reports("pole-1")
    assert [decode_report(report, {8: Table()}).points for report in stored] == [
        {"voltage": 230.1, "door": 0},
        {"voltage": None, "door": "invalid"},
    ]


@pytest.mark.parametrize(
    ("request_fields", "code"),
    [
        ({"message": b""}, "4.00"),
        ({"message": b"\xa1"}, "4.00"),
        ({"message": {2: [[1, TIME, [2301, 0]]]}}, "4.00"),
        ({"message": {2: packed([[1, 0, 1, 2]])[:-1]}}, "4.00"),
        ({"message": reports([1, 0, 1, 2, 3])}, "4.00"),
        ({"message": {**reports([1, 0, 1, 2]), 4: [[3, 0]]}}, "4.00"),
        ({"message": {4: [EVENT], 5: packed([[1, 0, 1, 2, 3]])}}, "4.00"),
        ({"message": {4: [EVENT], 6: None}}, "4.00"),
        ({"message": {}, "path": "/up"}, "4.04"),
        ({"message": {}, "path": "/up/pole-1/more"}, "4.04"),
        ({"message": {}, "path": "/down/pole-1"}, "4.04"),
        ({"message": {}, "path": "/up/pole-2"}, "4.04"),
        ({"message": {}, "content_format": 50}, "4.15"),
    ],
)
def test_a_bad_request_is_refused_and_nothing_is_stored(site, request_fields, code):
    response = site.send(site.request(**request_fields))
    assert dotted(response.code) == code
    assert 0 < len(response.payload) <= 64
    assert response.options == []
    assert site.store.reports("pole-1") == site.store.events("pole-1") == []
    assert site.store.node("pole-1").last_seen is None
    assert site.collector.counts == {"refused": 1}


def test_other_methods_and_other_wishes_are_refused(site):
    path = path_options("/up/pole-1")
    assert dotted(site.send(Message(CON, GET, 900, b"", path)).code) == "4.05"
    accept_json = [*path, (12, b"\x3c"), (17, b"\x32")]
    assert dotted(site.send(Message(CON, POST, 901, b"", accept_json, b"\xa0")).code) == "4.06"
    not_utf8 = [(11, b"up"), (11, b"\xff")]
    assert dotted(site.send(Message(CON, POST, 902, b"", not_utf8)).code) == "4.00"


def test_a_listener_that_fails_harms_nobody(site):
    def fail(report):
        raise RuntimeError("printer on fire")

    site.collector.on_report.insert(0, fail)
    site.uplink(reports([1, TIME, 2301, 0]))
    assert len(site.seen) == 1


def test_without_a_commit_there_is_no_answer(site, mocker):
    request = site.request(reports([1, TIME, 2301, 0], [2, TIME, 2301, 0]))
    mocker.patch.object(site.store, "waiting_commands", side_effect=OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        site.send(request)
    assert site.store.reports("pole-1") == []
    mocker.stopall()
    assert site.send(request).code == CHANGED
    assert len(site.store.reports("pole-1")) == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.data())
def test_nothing_a_node_sends_raises(site, noise, data):
    datagram = bytearray(site.request({**reports([1, TIME, 2301, 0]), 4: [EVENT], 6: 0}).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        datagram[data.draw(st.integers(0, len(datagram) - 1))] = data.draw(st.integers(0, 255))
    for message in (noise, bytes(datagram)):
        for reply in site.collector.datagram(message, NODE):
            decode(reply)
