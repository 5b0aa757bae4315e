"""A node and a server that share a secret, with all that OSCORE is given: memories, randomness, AES."""

from hashlib import sha256

from protocols.coap.message import Message, decode
from protocols.coap.numbers import ACK, CHANGED, CON, POST, URI_PATH
from protocols.oscore.client import Client
from protocols.oscore.client_state import ClientState
from protocols.oscore.context import Credentials
from protocols.oscore.server import Server
from tests.portable.cipher import aes

KID, SERVER_ID = b"\x12\x34", b"\x01"
SECRET, SALT = bytes(range(16)), b"saltsalt"


class Memory:
    """Bytes that stay; `written` counts the stores."""

    def __init__(self, content=b""):
        self.content = content
        self.written = 0

    def load(self):
        return self.content

    def store(self, content):
        self.content = content
        self.written += 1


class Contexts:
    """What a collector's database does for OSCORE."""

    def __init__(self, secret=SECRET):
        self.known = {KID: Credentials(secret, SALT, SERVER_ID, KID)}
        self.states = {}
        self.written = 0

    def credentials(self, kid):
        return self.known.get(kid)

    def load(self, kid):
        return self.states.get(kid, b"")

    def store(self, kid, state):
        self.states[kid] = state
        self.written += 1


class Randomness:
    """Different bytes at every call, the same in every run of a test."""

    def __init__(self, seed):
        self.seed = seed
        self.calls = 0

    def __call__(self, size):
        self.calls += 1
        return sha256(self.seed + self.calls.to_bytes(4, "big")).digest()[:size]


class Node:
    """A node whose flash and RTC memory outlive its `client`; `sent` are the requests, as datagrams."""

    def __init__(self, secret=SECRET, seed=b"node"):
        self.flash, self.witness = Memory(), Memory()
        self.credentials = Credentials(secret, SALT, KID, SERVER_ID)
        self.random_bytes = Randomness(seed)
        self.sent = []
        self.message_id = 0
        self.wake()

    def wake(self):
        """Boot with the memories as they are."""
        stored = ClientState(self.flash, self.witness)
        self.client = Client(aes, self.credentials, self.random_bytes, stored)

    def power_on(self):
        """Boot after the power was off."""
        self.witness.content = b""
        self.wake()

    def protect(self, payload=b"report"):
        self.message_id += 1
        request = Message(CON, POST, self.message_id, b"tk", [(URI_PATH, b"up")], payload)
        protected = self.client.protect_request(request)
        self.sent.append(protected.encode())
        return protected


class Collector:
    """A server whose `contexts` outlive it; `handled` are the payloads that reached the application."""

    def __init__(self, secret=SECRET):
        self.contexts = Contexts(secret)
        self.random_bytes = Randomness(b"server")
        self.handled = []
        self.start()

    def start(self):
        self.server = Server(aes, self.contexts, self.random_bytes)

    def answer(self, datagram):
        """The datagram that goes back.  OscoreError."""
        message = decode(datagram)
        request = self.server.unprotect_request(message)
        answer = request.answer
        if not answer:
            self.handled.append(request.message.payload)
            answer = self.server.protect_response(request, (CHANGED, b"got " + request.message.payload, ()))
        return response_to(message, answer).encode()


def response_to(request, response):
    """The piggybacked response (code, payload, options) as a message."""
    code, payload, options = response
    return Message(ACK, code, request.message_id, request.token, options, payload)


def exchange(node, collector, payload=b"report"):
    """Send until the response comes: (response, how many requests it took).  OscoreError of either side."""
    for count in range(1, 6):
        answer = collector.answer(node.protect(payload).encode())
        response = node.client.unprotect_response(decode(answer))
        if response:
            return response, count
    raise AssertionError("no end of it")


def established():
    """A node and a collector that have exchanged one report."""
    node, collector = Node(), Collector()
    exchange(node, collector)
    return node, collector
