"""CoAP over a link that loses, repeats, delays and reorders datagrams, in virtual time."""

import heapq
import random
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.client import Exchange, ResetError
from protocols.coap.identifiers import Identifiers
from protocols.coap.message import Message, path_options
from protocols.coap.numbers import (
    BLOCK1,
    BLOCK2,
    CHANGED,
    CON,
    CONTENT,
    ECHO,
    ETAG,
    GET,
    NON,
    POST,
    REQUEST_TAG,
    SIZE1,
)
from protocols.coap.server import Later, Server
from protocols.coap.transfer import Transfer
from protocols.errors import DecodeError, LinkTimeout

BODY = random.Random(1).randbytes(300)
USUAL_DELAY_MS = 1500
LONGEST_DELAY_MS = 95_000  # MAX_LATENCY is 100 s

# What becomes of each datagram in turn: the delays of the copies that arrive.  Those after it pass.
FATES = st.lists(st.lists(st.integers(0, LONGEST_DELAY_MS), max_size=2), max_size=30)


class World:
    """One client, one server, and the link between them."""

    def __init__(self, fates, think_ms=None):
        """think_ms: until the handler's answer, as a separate response; None for at once."""
        self.bodies = []  # that reached the handler
        self._fates = iter(fates)
        self._think_ms = think_ms
        self._events = []
        self._order = count()
        self._now_ms = 0
        blockwise = Blockwise(self._handle, szx=2)
        self._server = Server(blockwise.handle, lambda source, reason: None, 0, understood=BLOCK_OPTIONS)

    def outcome(self, client):
        """The client's response, or LinkTimeout.  The world goes on until nothing is under way."""
        result = None
        self._send(self._to_server, client.start(0))
        while True:
            times = [client.next_ms, self._server.next_ms, self._events[0][0] if self._events else None]
            if times == [None] * 3:
                return result
            self._now_ms = max(self._now_ms, min(time for time in times if time is not None))
            if self._events and self._events[0][0] <= self._now_ms:
                _, _, target, datagram = heapq.heappop(self._events)
                response = target(datagram, client)
                assert response is None or result is None
                result = result or response
            try:
                while outgoing := client.poll(self._now_ms):
                    self._send(self._to_server, outgoing)
            except LinkTimeout:
                result = LinkTimeout
            while outgoing := self._server.poll(self._now_ms):
                self._send(self._to_client, outgoing[0])

    def _handle(self, request, source, now_ms):
        self.bodies.append(request.payload)
        if self._think_ms is None:
            return self._answer()
        later = Later()
        self._at(self._think_ms, lambda _, client: self._respond(later), None)
        return later

    def _answer(self):
        return CHANGED, bytes([len(self.bodies)]) + BODY, []

    def _respond(self, later):
        self._server.respond(later, self._answer(), self._now_ms, 0.5)

    def _to_server(self, datagram, client):
        reply = self._server.receive(datagram, "client", self._now_ms)
        if reply:
            self._send(self._to_client, reply)

    def _to_client(self, datagram, client):
        return client.receive(datagram, self._now_ms)

    def _send(self, target, datagram):
        for delay_ms in next(self._fates, [USUAL_DELAY_MS]):
            self._at(delay_ms, target, datagram)

    def _at(self, delay_ms, target, datagram):
        heapq.heappush(self._events, (self._now_ms + delay_ms, next(self._order), target, datagram))


def check(world, outcome, body):
    """Exactly once with its response, or a time-out and at most once."""
    if outcome is LinkTimeout:
        assert world.bodies in ([], [body])
    else:
        assert world.bodies == [body]
        assert outcome.payload[:1] == b"\x01"  # the answer to the first call


THINKING = st.none() | st.integers(0, 200_000)


@given(FATES, THINKING, st.sampled_from([CON, NON]))
def test_an_exchange_happens_once_or_times_out(fates, think_ms, type):
    world = World(fates, think_ms)
    request = Message(type, POST, 1, b"tk", path_options("/a"), b"hello")
    check(world, world.outcome(Exchange(request, 0.5, understood=BLOCK_OPTIONS)), b"hello")


@given(FATES, THINKING, st.sampled_from([CON, NON]), st.integers(1, 4), st.sampled_from([BODY, BODY[:99]]))
def test_a_transfer_happens_once_or_times_out(fates, think_ms, type, szx, body):
    world = World(fates, think_ms)
    identifiers = Identifiers(random.Random(2).getrandbits)
    client = Transfer(identifiers, POST, path_options("/a"), body, type, szx)
    outcome = world.outcome(client)
    check(world, outcome, body)
    if outcome is not LinkTimeout:
        assert outcome.payload[1:] == BODY


def test_without_loss_nothing_times_out():
    for think_ms in (None, 30_000):
        world = World([], think_ms)
        identifiers = Identifiers(random.Random(3).getrandbits)
        assert world.outcome(Transfer(identifiers, POST, [], BODY, szx=2)).payload[1:] == BODY
        assert world.bodies == [BODY]


def in_order(options):
    return sorted(options, key=lambda option: option[0])


BLOCKISH = st.tuples(
    st.sampled_from([BLOCK1, BLOCK2, SIZE1, ECHO, ETAG, REQUEST_TAG, 11]),
    st.binary(max_size=3) | st.integers(0, 40).map(lambda value: bytes([value])),
)
OPTIONS = st.lists(BLOCKISH, max_size=5).map(in_order)
PAYLOADS = st.sampled_from([0, 1, 16, 32, 64, 100]).map(bytes)
CODES = st.sampled_from([1, 2, 3, 5, 0x44, 0x45, 0x5F, 0x81, 0x88, 0x8D, 0xA0])
STRANGE = st.builds(
    lambda type, code, message_id, options, payload: Message(
        type, code, message_id, b"", options, payload
    ).encode(),
    st.integers(0, 3),
    CODES,
    st.integers(0, 9),
    OPTIONS,
    PAYLOADS,
)


@given(st.lists(STRANGE | st.binary(max_size=30), max_size=30))
def test_nothing_that_a_client_sends_makes_the_server_raise(datagrams):
    server = Server(
        Blockwise(
            lambda request, source, now_ms: (CONTENT, BODY, []), szx=1, max_body=128, capacity=2
        ).handle,
        lambda source, reason: None,
        0,
        understood=BLOCK_OPTIONS,
    )
    for now_ms, datagram in enumerate(datagrams):
        server.receive(datagram, now_ms % 3, now_ms)


RESPONSES = st.builds(
    lambda type, code, options, payload: (type, code, options, payload),
    st.sampled_from([CON, NON, 2, 2, 2]),
    CODES,
    OPTIONS,
    PAYLOADS,
)


@given(st.sampled_from([GET, POST]), PAYLOADS, st.lists(RESPONSES | st.binary(max_size=30), max_size=30))
def test_nothing_that_a_server_sends_makes_a_transfer_raise_anything_else(code, payload, responses):
    """Responses with the right token and message ID, and any content."""
    identifiers = Identifiers(random.Random(4).getrandbits)
    client = Transfer(identifiers, code, [], payload, szx=0, longest=200)
    request = client.start(0)
    try:
        for response in responses:
            if not isinstance(response, bytes):
                type, response_code, options, body = response
                message_id = int.from_bytes(request[2:4], "big")
                token = request[4 : 4 + (request[0] & 15)]
                response = Message(type, response_code, message_id, token, options, body).encode()
            if client.receive(response, 0):
                break
            while outgoing := client.poll(0):
                if outgoing[0] >> 4 & 3 == CON:
                    request = outgoing
    except (DecodeError, ResetError):
        assert client.next_ms is None


def test_a_flood_of_half_finished_uploads_takes_bounded_memory():
    """Each starts two blocks and stays away; one client that goes on in between gets through."""
    capacity, max_body = 8, 64
    blockwise = Blockwise(
        lambda request, source, now_ms: (CHANGED, request.payload, []), 0, max_body, capacity
    )

    def block(number, more, source, tag=b""):
        options = [(BLOCK1, bytes([number << 4 | more << 3])), (REQUEST_TAG, tag)]
        return blockwise.handle(Message(CON, POST, 0, b"", options, bytes(16)), source, now_ms)

    for now_ms in range(4000):
        for number in range(2):
            block(number, 1, f"flood {now_ms % 100}", now_ms.to_bytes(2, "big"))
        code = block(now_ms % 4, now_ms % 4 < 3, "patient")[0]
        assert code == (CHANGED if now_ms % 4 == 3 else 0x5F)
        bodies = [body for _, body in blockwise._bodies._entries.values()]
        assert len(bodies) <= capacity
        assert sum(map(len, bodies)) <= capacity * max_body
