"""The collector under OSCORE: who is let in, who is not, and what survives a restart of either side."""

import itertools
import os

import cbor2
import pytest

from host_tools.collector.core import Collector
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.collector.store import Store
from host_tools.cryptolib import aes
from host_tools.provisioning.identity import fresh_keys
from protocols.coap.client import post
from protocols.coap.message import decode
from protocols.coap.numbers import CHANGED, EMPTY, NOT_FOUND, OSCORE, UNAUTHORIZED
from protocols.message_numbers import COLLECTOR_ID
from protocols.oscore.client import Client
from protocols.oscore.client_state import ClientState
from protocols.oscore.context import Credentials
from protocols.oscore.errors import OscoreError
from tests.host_tools.packing import packed

START = EPOCH_UNIX_S + 200_000_000
ADDRESS = ("192.0.2.7", 40000)
MESSAGE_IDS = itertools.count(100)  # all nodes are behind one address


class Memory:
    """The node's NVS or RTC memory."""

    def __init__(self):
        self.data = b""

    def load(self):
        return self.data

    def store(self, data):
        self.data = data


class Node:
    """A node's side, with what of it survives a power cut (`flash`) and what does not (`witness`)."""

    def __init__(self, kid, keys):
        self.credentials = Credentials(keys.master_secret, keys.master_salt, kid, COLLECTOR_ID)
        self.flash, self.witness = Memory(), Memory()
        self.boot()

    def boot(self):
        self.client = Client(aes, self.credentials, os.urandom, ClientState(self.flash, self.witness))

    def lose_power(self):
        self.witness.data = b""
        self.boot()

    def request(self, seq, path="/up"):
        payload = cbor2.dumps({2: packed([[seq, 5, seq]])})
        return self.client.protect_request(post(path, payload, 60, next(MESSAGE_IDS), b"tk"))


class Site:
    def __init__(self, path):
        self.path = path
        self.store = Store(path)
        self.datagrams = 0
        self.start()

    def start(self):
        self.collector = Collector(self.store, {}, lambda: START)

    def add_node(self, name="pole-1"):
        keys = fresh_keys()
        return Node(self.store.add_node(name, "smart_pole", 7, keys, START), keys)

    def send(self, message):
        self.datagrams += 1
        (reply,) = self.collector.datagram(message.encode(), ADDRESS)
        return decode(reply)

    def report(self, node, seq, path="/up"):
        """The answer to a report, after as many messages as OSCORE needs for it."""
        for _ in range(4):
            answer = node.client.unprotect_response(self.send(node.request(seq, path)))
            if answer:
                return answer
        raise AssertionError("no end of it")

    def stored(self, name="pole-1"):
        return [report.seq for report in self.store.reports(name)]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "collector.db")
    yield site
    site.store.close()


def test_a_fresh_node_takes_two_messages_and_then_one_each(site):
    node = site.add_node()
    assert site.report(node, 0).code == CHANGED
    assert site.datagrams == 2
    site.report(node, 1)
    assert site.datagrams == 3
    assert site.stored() == [0, 1]


def test_nothing_of_the_report_is_readable(site):
    node = site.add_node()
    site.report(node, 0)
    message = node.request(1)
    assert [number for number, _ in message.options] == [OSCORE]
    assert b"up" not in message.encode() and packed([[1, 5, 1]]) not in message.encode()
    reply = site.send(message)
    assert [number for number, _ in reply.options] == [OSCORE]


def test_a_power_cut_of_the_node_makes_a_fresh_context(site):
    node = site.add_node()
    site.report(node, 0)
    before = node.flash.data
    node.lose_power()
    site.report(node, 1)
    assert node.flash.data != before
    assert site.datagrams == 4 and site.stored() == [0, 1]


def test_a_node_that_slept_goes_on(site):
    node = site.add_node()
    site.report(node, 0)
    node.boot()
    site.report(node, 1)
    assert site.datagrams == 3


@pytest.mark.parametrize(("orderly", "messages"), [(True, 3), (False, 4)])
def test_a_restart_of_the_collector(site, orderly, messages):
    """After a crash it has lost the replay window, and asks for an Echo."""
    node = site.add_node()
    site.report(node, 0)
    if orderly:
        site.collector.close()
    site.start()
    site.report(node, 1)
    assert site.datagrams == messages and site.stored() == [0, 1]


def test_a_replayed_report_is_refused_and_not_stored(site):
    node = site.add_node()
    site.report(node, 0)
    message = node.request(1)
    site.send(message)
    message.message_id += 1  # or the CoAP layer would answer as before
    assert site.send(message).code == UNAUTHORIZED
    assert site.stored() == [0, 1]
    assert site.collector.counts["refused"] == 1


def test_another_nodes_keys(site):
    node, other = site.add_node("pole-1"), site.add_node("pole-2")
    forged = Credentials(
        other.credentials.secret, other.credentials.salt, node.credentials.sender_id, COLLECTOR_ID
    )
    other.credentials = forged
    other.boot()
    with pytest.raises(OscoreError):
        site.report(other, 0)
    assert site.stored("pole-1") == site.stored("pole-2") == []


def test_keys_of_an_earlier_provisioning(site):
    node = site.add_node()
    site.report(node, 0)
    again = site.add_node()
    assert site.report(node, 1).code == NOT_FOUND  # its keys are still known to this process
    site.start()
    with pytest.raises(OscoreError):
        site.report(node, 1)
    site.report(again, 1)
    assert site.stored() == [0, 1]


def test_a_plain_message_gets_no_word(site):
    site.add_node()
    reply = site.send(post("/up/pole-1", cbor2.dumps({}), 60, 1, b"tk"))
    assert (reply.code, reply.payload) == (EMPTY, b"")
    assert site.collector.counts["refused"] == 1


def test_on_a_bench_a_node_with_keys_has_to_use_them(site):
    node = site.add_node()
    site.store.add_node("bench-1", "smart_pole", 7, None, START)
    site.collector = Collector(site.store, {}, lambda: START, plaintext=True)
    uplink = cbor2.dumps({2: packed([[3, 5, 1]])})
    assert site.send(post("/up/bench-1", uplink, 60, 1, b"tk")).code == CHANGED
    assert site.send(post("/up/pole-1", uplink, 60, 2, b"tk")).code == UNAUTHORIZED
    site.report(node, 0)
    assert site.stored("pole-1") == [0] and site.stored("bench-1") == [3]


def test_a_wrong_path_is_refused_inside(site):
    node = site.add_node()
    assert site.report(node, 0, path="/up/pole-1").code == NOT_FOUND
    assert site.stored() == []


def test_secrets_are_in_no_text(site):
    keys = fresh_keys()
    assert keys.master_secret.hex() not in repr(keys) and str(keys.master_secret) not in repr(keys)
