"""Knocks: when the collector sends them, and a command that reaches a listening pole through real sockets."""

import signal
import sys
import time

import pytest

from host_tools.boards import find_board
from host_tools.collector.knocks import AGAIN_S, TRIES, Knocks
from protocols.coap.message import decode
from protocols.coap.numbers import NON, POST
from protocols.knock import is_knock, knock
from tests.host_tools.processes import PATIENCE_S, Running, run

HERE, THERE = ("192.0.2.7", 4000), ("192.0.2.8", 4000)


def times_of(knocks, until_s, node="pole-1"):
    """Seconds at which that node is knocked at while something waits for it."""
    return [second for second in range(until_s) if knocks.due([node], second)]


def test_a_knock_is_a_coap_request_without_content():
    message = decode(knock(0xABCD))
    assert (message.type, message.code, message.message_id) == (NON, POST, 0xABCD)
    assert (message.path(), message.token, message.payload) == (["knock"], b"", b"")
    assert len(knock(0xABCD)) == 10


def test_a_knock_is_known_whatever_its_message_id():
    assert all(is_knock(knock(number)) for number in (0, 1, 0x00B5, 0xFFFF))
    whole = knock(7)
    for place in (0, 1, *range(4, 10)):
        for bit in range(8):
            assert not is_knock(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
    for end in range(10):
        assert not is_knock(whole[:end])
    assert not is_knock(whole + b"\x00")


def test_a_node_is_knocked_at_where_it_was_heard_last():
    knocks = Knocks()
    knocks.heard("pole-1", HERE)
    knocks.heard("pole-2", HERE)
    knocks.heard("pole-1", THERE)
    found = knocks.due(["pole-1", "pole-2", "pole-3"], 5)  # nobody knows where pole-3 is
    assert [source for _, source in found] == [THERE, HERE]
    assert all(is_knock(datagram) for datagram, _ in found)
    assert len({datagram for datagram, _ in found}) == 2  # message ids differ


def test_a_knock_is_repeated_and_given_up():
    knocks = Knocks()
    knocks.heard("pole-1", HERE)
    assert times_of(knocks, 3600) == [AGAIN_S * n for n in range(TRIES)]


def test_who_is_heard_again_is_knocked_at_again():
    knocks = Knocks()
    knocks.heard("pole-1", HERE)
    assert len(times_of(knocks, 100)) == TRIES
    knocks.heard("pole-1", THERE)
    assert len(times_of(knocks, 100)) == TRIES


def test_message_ids_go_round():
    knocks = Knocks()
    seen = set()
    for second in range(0x10010):
        knocks.heard("pole-1", HERE)
        ((datagram, _),) = knocks.due(["pole-1"], second)
        seen.add(datagram)
    assert len(seen) == 0x10000


@pytest.mark.skipif(sys.platform == "win32", reason="ends processes by signals")
def test_a_command_reaches_a_pole_that_reports_once_an_hour(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    own = tmp_path / "own.toml"
    own.write_text(find_board("smart_pole").read_text().replace("report_s = 60 ", "report_s = 3600 "))
    with Running("collect", "--port", "0", "--json", "--board", own) as collector:
        server = ("--server", collector.value()["listening"])
        with Running("simulate", own, "--serve", "--json", *server) as simulation:
            node = simulation.value()["boards"][0]["node"]
            assert collector.value_where(lambda said: "points" in said)["node"] == node
            collector.value_where(lambda said: "health" in said)  # what a new node has to say is said
            before = time.monotonic()
            answer = run("command", node, "lamp", "60", "--timeout", str(PATIENCE_S), "--json")
            assert time.monotonic() - before < PATIENCE_S  # an hour is far away
            assert (answer.code, answer.json["detail"]) == (0, "60 %")
            assert collector.value_where(lambda said: said.get("points", {}).get("lamp_level") == 60)
            assert simulation.stop(signal.SIGTERM) == 0
        assert collector.stop(signal.SIGTERM) == 0
