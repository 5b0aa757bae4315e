"""Our CoAP on loopback UDP, for tests with real peers: a server with a few resources, and a client."""

import asyncio
import hmac
import random

from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.client import Exchange
from protocols.coap.freshness import Freshness
from protocols.coap.identifiers import Identifiers
from protocols.coap.message import Message, path_options
from protocols.coap.numbers import (
    CHANGED,
    CON,
    CONTENT,
    CONTENT_FORMAT,
    FETCH,
    GET,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    POST,
    PUT,
    URI_QUERY,
)
from protocols.coap.parameters import Parameters
from protocols.coap.server import Later, Server
from protocols.coap.transfer import Transfer
from protocols.compat import ticks_diff, ticks_ms

PARAMETERS = Parameters(2000, 1.5, 4)  # the RFC's, which the peers have
PATIENCE_S = 20
LARGE = bytes(random.Random(7).randbytes(3000))
CLIENTS = Identifiers(random.Random(8).getrandbits)


class OurServer(asyncio.DatagramProtocol):
    """`GET /large`, `GET /slow` (a separate response), `GET` and `PUT /store`, `POST /mirror`.

    `PUT /switch` wants a fresh request.
    """

    def __init__(self, szx=5):
        self.asked = []  # (method, path, body) that reached the handler
        self.replies = []
        self.stored = b""
        self.freshness = Freshness(lambda data: hmac.digest(b"secret", data, "sha256"), lifetime_s=60)
        blockwise = Blockwise(self.handle, szx, parameters=PARAMETERS)
        self.server = Server(
            blockwise.handle, lambda source, reason: None, 0, PARAMETERS, understood=BLOCK_OPTIONS
        )

    def handle(self, request, source, now_ms):
        path = "/".join(request.path())
        self.asked.append((request.code, path, request.payload))
        if path == "slow":
            later = Later()
            asyncio.get_running_loop().call_later(0.2, self.finish, later)
            return later
        if path == "switch":
            if not self.freshness.is_fresh(request, source, now_ms // 1000):
                return self.freshness.challenge(source, now_ms // 1000)
            return CHANGED, b"switched", []
        answers = {
            (GET, "large"): lambda: (CONTENT, LARGE),
            (GET, "store"): lambda: (CONTENT, self.stored),
            (PUT, "store"): lambda: self.store(request.payload),
            (POST, "mirror"): lambda: (CHANGED, request.payload[::-1]),
            (FETCH, "mirror"): lambda: (CONTENT, request.payload[::-1]),
        }
        if (request.code, path) not in answers:
            code = METHOD_NOT_ALLOWED if path in ("large", "store", "mirror") else NOT_FOUND
            return code, b"no such thing", []
        return (*answers[request.code, path](), [(CONTENT_FORMAT, b"\x2a")])

    def store(self, payload):
        self.stored = payload
        return CHANGED, b""

    def finish(self, later):
        self.server.respond(later, (CONTENT, b"at last", []), ticks_ms(), 0.5)
        self.poll()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        reply = self.server.receive(data, source, ticks_ms())
        if reply:
            self.replies.append(reply)
            self.transport.sendto(reply, source)
        self.poll()

    def poll(self):
        while outgoing := self.server.poll(ticks_ms()):
            self.transport.sendto(*outgoing)


async def serve(szx=5):
    """An OurServer on a free port, and its address."""
    loop = asyncio.get_running_loop()
    transport, ours = await loop.create_datagram_endpoint(lambda: OurServer(szx), local_addr=("127.0.0.1", 0))
    return ours, transport.get_extra_info("sockname")


class Inbox(asyncio.DatagramProtocol):
    def __init__(self):
        self.datagrams = asyncio.Queue()

    def datagram_received(self, data, source):
        self.datagrams.put_nowait(data)


async def drive(client, address):
    """Run an Exchange or a Transfer against a server: its result, and the datagrams that it sent."""
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(Inbox, remote_addr=address)
    sent = [client.start(ticks_ms())]
    transport.sendto(sent[0])
    result = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while result is None:
                wait_s = max(0, ticks_diff(client.next_ms, ticks_ms())) / 1000
                try:
                    datagram = await asyncio.wait_for(inbox.datagrams.get(), wait_s)
                    result = client.receive(datagram, ticks_ms())
                except TimeoutError:
                    pass
                outgoing = client.poll(ticks_ms())
                if outgoing:
                    sent.append(outgoing)
                    transport.sendto(outgoing)
    finally:
        transport.close()
    return result, sent


def exchange(code, path, payload=b"", type=CON, query=()):
    options = path_options(path) + [(URI_QUERY, value) for value in query]
    request = Message(type, code, CLIENTS.message_id(), CLIENTS.token(), options, payload)
    return Exchange(request, 0.5, PARAMETERS)


def transfer(code, path, payload=b"", **options):
    return Transfer(CLIENTS, code, path_options(path), payload, parameters=PARAMETERS, **options)
