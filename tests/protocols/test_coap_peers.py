"""Our CoAP against aiocoap: the bytes, and both ends of exchanges over loopback UDP."""

import asyncio
import socket

import aiocoap
import aiocoap.resource
from hypothesis import given
from hypothesis import strategies as st

from protocols.coap.client import DONE, SENT, WAITING, Exchange, post
from protocols.coap.message import Message, decode, empty
from protocols.coap.numbers import ACK, APPLICATION_CBOR, CHANGED, CON, CONTENT_FORMAT, NOT_FOUND, POST
from protocols.coap.server import Server
from protocols.compat import ticks_ms
from protocols.errors import DecodeError

CODES = st.sampled_from([1, 2, 3, 4, 0x41, 0x44, 0x45, 0x80, 0x84, 0x85, 0xA0])


def in_order(options):
    return sorted(options, key=lambda option: option[0])


OPTIONS = st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=300)), max_size=6).map(in_order)
MESSAGES = st.builds(
    Message,
    st.integers(0, 3),
    CODES,
    st.integers(0, 65535),
    st.binary(max_size=8),
    OPTIONS,
    st.binary(max_size=50),
)


TEXT_OPTIONS = st.tuples(st.sampled_from([8, 11, 15]), st.text(max_size=90).map(str.encode))
OPAQUE_OPTIONS = st.tuples(st.sampled_from([4, 2053, 65001]), st.binary(max_size=300))
OPTIONS_OF_BOTH = st.lists(TEXT_OPTIONS | OPAQUE_OPTIONS, max_size=6).map(in_order)


@given(st.integers(0, 3), CODES, st.binary(max_size=8), OPTIONS_OF_BOTH, st.binary(max_size=30))
def test_aiocoap_reads_what_we_write(type, code, token, options, payload):
    datagram = Message(type, code, 0x7D34, token, options, payload).encode()
    message = aiocoap.Message.decode(datagram)
    theirs = [(int(option.number), option.encode()) for option in message.opt.option_list()]
    assert (message.mtype, message.code, message.mid) == (type, code, 0x7D34)
    assert (message.token, message.payload) == (token, payload)
    assert theirs == options


@given(st.binary(max_size=8), st.lists(st.text(max_size=20), max_size=4), st.binary(max_size=30))
def test_we_read_what_aiocoap_writes(token, segments, payload):
    theirs = aiocoap.Message(code=aiocoap.POST, uri_path=segments, content_format=60, payload=payload)
    theirs.mtype, theirs.mid, theirs.token = aiocoap.CON, 7, token
    message = decode(theirs.encode())
    assert (message.type, message.code, message.message_id, message.token) == (CON, POST, 7, token)
    assert (message.path(), message.content_format(), message.payload) == (segments, 60, payload)


@given(MESSAGES)
def test_we_read_what_we_write(message):
    assert decode(message.encode()) == message


@given(st.binary(max_size=60))
def test_random_bytes_decode_or_raise_decode_error(data):
    try:
        message = decode(data)
    except DecodeError:
        return
    assert decode(message.encode()) == message


@given(MESSAGES, st.data())
def test_mutated_messages_decode_or_raise_decode_error(message, data):
    datagram = bytearray(message.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        datagram[data.draw(st.integers(0, min(len(datagram) - 1, 30)))] = data.draw(st.integers(0, 255))
    try:
        decoded = decode(bytes(datagram))
    except DecodeError:
        return
    assert decode(decoded.encode()) == decoded


class Tuning(aiocoap.TransportTuning):
    ACK_TIMEOUT = 0.05


class OurServer(asyncio.DatagramProtocol):
    """Our server on a UDP socket; it loses its first reply to every request."""

    def __init__(self):
        self.handled = 0
        self.replies = []
        self.server = Server(self.handle, lambda source, reason: None, first_message_id=0)

    def handle(self, request, source, now_ms):
        self.handled += 1
        if request.path() != ["up", "a"]:
            return NOT_FOUND, b"no such path", []
        return CHANGED, b"got " + request.payload, [(CONTENT_FORMAT, b"\x3c")]

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        self.replies.append(self.server.receive(data, source, ticks_ms()))
        if len(self.replies) > 1:
            self.transport.sendto(self.replies[-1], source)


async def ask_our_server(path):
    loop = asyncio.get_running_loop()
    transport, ours = await loop.create_datagram_endpoint(OurServer, local_addr=("127.0.0.1", 0))
    uri = f"coap://127.0.0.1:{transport.get_extra_info('sockname')[1]}{path}"
    client = await aiocoap.Context.create_client_context(transports=["simple6"])
    request = aiocoap.Message(
        code=aiocoap.POST, uri=uri, payload=b"x", content_format=60, transport_tuning=Tuning()
    )
    response = await asyncio.wait_for(client.request(request).response, 10)
    await client.shutdown()
    transport.close()
    return response, ours


def test_an_aiocoap_client_gets_our_response_though_the_first_is_lost():
    response, ours = asyncio.run(ask_our_server("/up/a"))
    assert (response.code, response.payload) == (aiocoap.CHANGED, b"got x")
    assert response.opt.content_format == APPLICATION_CBOR
    assert ours.handled == 1
    assert ours.replies[0] == ours.replies[1]


def test_an_aiocoap_client_gets_our_error():
    response, _ = asyncio.run(ask_our_server("/nowhere"))
    assert (response.code, response.payload) == (aiocoap.NOT_FOUND, b"no such path")


class Resource(aiocoap.resource.Resource):
    """Answers at once, or (as a separate response) when it is let go."""

    def __init__(self, let_go):
        super().__init__()
        self.let_go = let_go

    async def render_post(self, request):
        await self.let_go.wait()
        return aiocoap.Message(code=aiocoap.CHANGED, payload=b"got " + request.payload)


class Inbox(asyncio.DatagramProtocol):
    def __init__(self):
        self.datagrams = asyncio.Queue()

    def datagram_received(self, data, source):
        self.datagrams.put_nowait(data)


async def ask_an_aiocoap_server(separately):
    """Our exchange with an aiocoap server: the response, and the states that it went through."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    let_go = asyncio.Event()
    site = aiocoap.resource.Site()
    site.add_resource(["up", "a"], Resource(let_go))
    theirs = await aiocoap.Context.create_server_context(
        site, bind=address, transports=["simplesocketserver"]
    )
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(Inbox, remote_addr=address)

    exchange = Exchange(post("/up/a", b"x", APPLICATION_CBOR, 0x7D34, b"tk"), 0.0)
    transport.sendto(exchange.start(ticks_ms()))
    states = [exchange.state]
    response = None
    if not separately:
        let_go.set()
    while response is None:
        datagram = await asyncio.wait_for(inbox.datagrams.get(), 10)
        response = exchange.receive(datagram, ticks_ms())
        states.append(exchange.state)
        if exchange.state == WAITING:
            let_go.set()
    acknowledgement = exchange.poll(ticks_ms())
    if acknowledgement:
        transport.sendto(acknowledgement)
    transport.close()
    await theirs.shutdown()
    return response, states, acknowledgement


def test_our_client_gets_an_aiocoap_servers_piggybacked_response():
    response, states, acknowledgement = asyncio.run(ask_an_aiocoap_server(separately=False))
    assert (response.type, response.code, response.payload) == (ACK, CHANGED, b"got x")
    assert states == [SENT, DONE]
    assert acknowledgement is None


def test_our_client_gets_an_aiocoap_servers_separate_response():
    response, states, acknowledgement = asyncio.run(ask_an_aiocoap_server(separately=True))
    assert (response.type, response.code, response.payload) == (CON, CHANGED, b"got x")
    assert states == [SENT, WAITING, DONE]
    assert acknowledgement == empty(ACK, response.message_id)
