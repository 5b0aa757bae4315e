"""Whatever happens to network, server and modem: every report arrives, once, in few datagrams."""

import itertools
import random

import pytest

from host_tools.collector.payload import decode_uplink, encode_downlink
from protocols.coap.message import Message, decode
from protocols.coap.numbers import BAD_REQUEST, CHANGED, CON, EMPTY, INTERNAL_SERVER_ERROR, NOT_FOUND, RST
from tests.firmware.pole_bench import PERIOD_S, START, PoleBench, response, silence

OUTAGE_S = (600, 2400)
END_S = 3900  # the longest pause and the longest exchange later, all is well again


def assert_all_delivered(bench, until_s=END_S):
    """All but the last report, which may be on its way."""
    assert sorted(bench.by_period())[: until_s // PERIOD_S - 1] == list(range(until_s // PERIOD_S - 1))


def backlog(bench):
    """How many messages carried more than one report."""
    return len([uplink for uplink in bench.uplinks if len(uplink.reports) > 1])


def minute(report):
    return None if report.time is None else round((report.time - START) / 60)


def rubbish(data, _source):
    return [b"\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""] if decode(data).type == CON else []


def reset(data, _source):
    return [Message(RST, EMPTY, decode(data).message_id).encode()]


def acknowledged_with(payload):
    return lambda data, _source: response(data, CHANGED, payload)


@pytest.mark.parametrize(
    "answer",
    [
        silence,
        rubbish,
        reset,
        lambda data, _source: response(data, NOT_FOUND, b"node not provisioned here"),
        lambda data, _source: response(data, INTERNAL_SERVER_ERROR, b"\xff\xfe"),
        lambda data, _source: response(data, CHANGED, encode_downlink(START)),
    ],
    ids=["no server", "rubbish", "reset", "unknown there", "server error", "nothing acknowledged"],
)
def test_server_trouble_of_30_minutes_loses_nothing(tmp_path, answer):
    bench = PoleBench(tmp_path)
    bench.between(*OUTAGE_S, bench, "answer", answer)
    before = []
    bench.at(OUTAGE_S[1], lambda: before.append(len(bench.uplinks)))
    bench.run(END_S)
    assert_all_delivered(bench)
    rest = [uplink for uplink in bench.uplinks[before[0] :] if len(uplink.reports) > 1]
    assert sum(len(uplink.reports) for uplink in rest) >= 30
    assert len(rest) <= 5


def test_coverage_lost_for_30_minutes_loses_nothing(tmp_path):
    bench = PoleBench(tmp_path)
    bench.between(*OUTAGE_S, bench.board.cell, "coverage", False)
    bench.run(END_S)
    assert_all_delivered(bench)
    assert backlog(bench) <= 5


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"\x80",
        b"\xa0",
        b"\xa2\x00\x01\x01\x00",
        b"\xa2\x00\x01\x01\x1a\xff\xff\xff\xff",
        b"\xa3\x00\x01\x01\x01\x02\x81\x01",
        b"\xa3\x00\x01\x01\x01\x03\x81\x01",
    ],
    ids=[
        "empty",
        "no CBOR",
        "no map",
        "no version",
        "time 0",
        "time beyond 2^30",
        "no command",
        "no range",
    ],
)
def test_a_downlink_of_rubbish_stops_nothing(tmp_path, payload):
    """Nothing in it acknowledges a report, so the node sends it again."""
    bench = PoleBench(tmp_path)
    bench.between(600, 660, bench, "answer", acknowledged_with(payload))
    bench.run(1200)
    assert_all_delivered(bench, 1200)
    assert "Traceback" not in bench.console


def test_a_long_outage_loses_nothing(tmp_path):
    bench = PoleBench(tmp_path)
    back_s = 4 * 3600
    bench.between(0, back_s, bench, "answer", silence)
    before = []
    bench.at(back_s, lambda: before.append(len(bench.uplinks)))
    bench.run(back_s + 1500)
    assert_all_delivered(bench, back_s + 1500)
    assert len(bench.uplinks) - before[0] <= 40
    assert bench.console.count("; 0 reports dropped") > 10


def test_a_power_cut_in_a_long_outage_loses_nothing_that_was_taken(tmp_path):
    bench = PoleBench(tmp_path)
    bench.between(0, 7200, bench, "answer", silence)
    for second in (1810, 3605, 5400):
        bench.at(second, lambda: bench.board.chip.cut_power(20_000_000))
    bench.run(9000)
    numbers = bench.numbers()
    starts = [number for number in numbers if number - 1 not in numbers]
    assert len(starts) == 4  # a start skips numbers, and gives none twice
    assert len(bench.reports) >= 9000 // PERIOD_S - 4
    dated = sorted(report.time.timestamp() for report in bench.reports)
    assert max(b - a for a, b in itertools.pairwise(dated)) <= 2 * PERIOD_S


def test_a_lost_acknowledgement_is_answered_by_a_repeated_request(tmp_path):
    bench = PoleBench(tmp_path)
    lost = []

    def loses_every_other(data, source):
        replies = bench.collector.datagram(data, source)
        lost.append(None if len(lost) % 2 else data)
        return replies if lost[-1] is None else []

    bench.answer = loses_every_other
    bench.run(1800)
    assert_all_delivered(bench, 1800)
    assert len(bench.uplinks) >= 2 * 29  # each was sent twice
    assert bench.collector.counts["uplinks"] == len(bench.uplinks) // 2


def test_all_acknowledgements_lost_for_a_while_store_nothing_twice(tmp_path):
    bench = PoleBench(tmp_path)

    def hears_only(data, source):
        bench.collector.datagram(data, source)
        return []

    bench.between(600, 1500, bench, "answer", hears_only)
    bench.run(END_S)
    assert_all_delivered(bench)
    assert bench.collector.counts["repeated reports"] >= 10


def test_a_report_that_is_not_acknowledged_is_sent_again(tmp_path):
    bench = PoleBench(tmp_path)
    first_refused = []

    def takes_all_but_one(data, source):
        """The first time, the report of minute 12 is not acknowledged; those that come with it are."""
        reports = decode_uplink(decode(data).payload).reports
        minutes = {minute(report): report.seq for report in reports}
        if 12 in minutes and not first_refused:
            first_refused.append(minutes)
            return response(data, CHANGED, encode_downlink(START, [], set(minutes.values()) - {minutes[12]}))
        return bench.collector.datagram(data, source)

    bench.answer = takes_all_but_one
    bench.between(600, 1200, bench, "answer", silence)
    bench.run(2700)
    assert len(first_refused[0]) > 1
    assert set(range(2700 // PERIOD_S - 1)) - set(bench.by_period()) == set(first_refused[0]) - {12}


def test_a_refused_report_does_not_hold_up_the_others(tmp_path):
    bench = PoleBench(tmp_path)
    refused = 15

    def picky(data, source):
        message = decode(data)
        if any(minute(report) == refused for report in decode_uplink(message.payload).reports):
            return response(data, BAD_REQUEST, b"not that one")
        return bench.collector.datagram(data, source)

    bench.answer = picky
    bench.between(600, 1500, bench, "answer", silence)
    bench.run(END_S)
    assert set(range(END_S // PERIOD_S - 1)) - set(bench.by_period()) == {refused}


@pytest.mark.parametrize("time_s", [60.2, 61.5, 90], ids=["sampling", "sending", "idle"])
def test_modem_reboots_by_itself(tmp_path, time_s):
    bench = PoleBench(tmp_path)
    bench.at(time_s, bench.board.modem.boot)
    bench.run(600)
    assert_all_delivered(bench, 600)
    assert bench.console.count("starting the modem") == 2


def test_modem_that_hangs_is_powered_off_and_on(tmp_path):
    bench = PoleBench(tmp_path)
    bench.wedge_modem(100)
    bench.run(900)
    assert_all_delivered(bench, 900)
    assert bench.arrived_s[3] < 300


def test_three_unanswered_exchanges_start_the_modem_again(tmp_path):
    """Its sockets may be broken in a way that it does not tell."""
    bench = PoleBench(tmp_path)
    bench.between(100, 900, bench.board.modem.sockets, "arrive", lambda port, data: None)
    bench.run(1800)
    assert bench.console.count("starting the modem") == 2
    assert_all_delivered(bench, 1800)


def test_network_that_refuses_the_node_for_a_while(tmp_path):
    bench = PoleBench(tmp_path)
    cell = bench.board.cell
    options = cell.options
    cell.options = type(options)(reject_cause=11, utc_at_start=options.utc_at_start)
    bench.at(600, lambda: setattr(cell, "options", options))
    bench.run(END_S)
    assert_all_delivered(bench)
    assert "the network refuses" in bench.console


@pytest.mark.parametrize("seed", range(4))
def test_two_hours_of_all_kinds_of_trouble(tmp_path, seed):
    """Troubles overlap as they like; when they are over, the collector has everything once."""
    bench = PoleBench(tmp_path)
    rng = random.Random(seed)
    modem, meter = bench.board.modem, bench.board.parts["meter"]

    def hears_only(data, source):
        bench.collector.datagram(data, source)
        return []

    for _ in range(8):
        start_s = rng.uniform(60, 6600)
        end_s = start_s + rng.uniform(1, 500)
        answer = rng.choice([silence, rubbish, hears_only])
        bench.at(start_s, rng.choice([modem.boot, modem.faults.lose_sockets]))
        bench.between(start_s, end_s, bench, "answer", answer)
        bench.between(start_s + 300, end_s + 300, bench.board.cell, "coverage", False)
        bench.between(start_s + 300, end_s + 300, meter.faults, "silent", True)
    bench.wedge_modem(rng.uniform(60, 6600))
    bench.run(3 * 3600)
    assert_all_delivered(bench, 3 * 3600)
    assert "Traceback" not in bench.console
