"""Our OSCORE against `cryptography` and aiocoap: the bytes, and both ends of exchanges over loopback UDP.

aiocoap has no Appendix B.2, so these contexts are fixed from the start.
"""

import asyncio
import json
import socket

import aiocoap
import aiocoap.oscore
import aiocoap.resource
import pytest
from aiocoap.credentials import CredentialsMap
from aiocoap.oscore_sitewrapper import OscoreSiteWrapper
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from host_tools.cryptolib import aes
from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.client import Exchange
from protocols.coap.message import Message, decode
from protocols.coap.numbers import APPLICATION_CBOR, CHANGED, CON, CONTENT_FORMAT, OSCORE, POST, URI_PATH
from protocols.coap.server import Server
from protocols.compat import ticks_ms
from protocols.oscore import option
from protocols.oscore.aes_ccm import AesCcm
from protocols.oscore.client import Client
from protocols.oscore.client_state import ClientState
from protocols.oscore.context import Context, partial_iv
from protocols.oscore.gate import Gate
from protocols.oscore.hkdf import expand, extract
from protocols.oscore.peers import initial_state
from protocols.oscore.protect import seal, unseal
from tests.portable.oscore_bench import KID, SALT, SECRET, SERVER_ID, Collector, Memory, Node

ID_CONTEXT = b"id-ctx-1"
KEYS = st.binary(min_size=16, max_size=16)
NONCES = st.binary(min_size=13, max_size=13)


@given(KEYS, NONCES, st.binary(max_size=300), st.binary(min_size=1, max_size=60))
def test_aes_ccm_is_cryptographys(key, nonce, plaintext, aad):
    theirs = AESCCM(key, tag_length=8).encrypt(nonce, plaintext, aad)
    assert AesCcm(aes, key).encrypt(nonce, plaintext, aad) == theirs
    assert AesCcm(aes, key).decrypt(nonce, theirs, aad) == plaintext


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(max_size=60), st.integers(1, 200))
def test_hkdf_is_cryptographys(secret, salt, info, size):
    assert expand(extract(salt, secret), info, size) == HKDF(hashes.SHA256(), size, salt, info).derive(secret)


class Theirs(aiocoap.oscore.FilesystemSecurityContext):
    """aiocoap's context; it takes requests without kid context too, as RFC 8613 section 5.1 lets us send."""

    def get_oscore_context_for(self, unprotected):
        return super().get_oscore_context_for({aiocoap.oscore.COSE_KID_CONTEXT: ID_CONTEXT, **unprotected})


def theirs(directory, sender_id, recipient_id, sequence=None):
    directory.mkdir()
    settings = {
        "sender-id_hex": sender_id.hex(),
        "recipient-id_hex": recipient_id.hex(),
        "id-context_hex": ID_CONTEXT.hex(),
        "secret_hex": SECRET.hex(),
        "salt_hex": SALT.hex(),
    }
    (directory / "settings.json").write_text(json.dumps(settings))
    if sequence:
        (directory / "sequence.json").write_text(json.dumps(sequence))
    return Theirs(str(directory))


@pytest.fixture(scope="module")
def pair_of_contexts(tmp_path_factory):
    """Ours as the client, theirs as the server."""
    directory = tmp_path_factory.mktemp("oscore")
    return Context(aes, Node().credentials, ID_CONTEXT), theirs(directory / "server", SERVER_ID, KID)


@given(
    data=st.data(),
    segments=st.lists(st.text(max_size=20), max_size=3),
    payload=st.binary(max_size=300),
    answer=st.binary(max_size=300),
)
def test_aiocoap_reads_what_we_write_and_we_what_it_writes(pair_of_contexts, data, segments, payload, answer):
    ours, server = pair_of_contexts
    server.recipient_replay_window.initialize_empty()
    number = partial_iv(data.draw(st.integers(0, 2**40 - 1)))
    pair = (KID, number)
    options = [(URI_PATH, segment.encode()) for segment in segments] + [(CONTENT_FORMAT, b"\x3c")]
    protected = seal(
        ours, Message(CON, POST, 7, b"t", options, payload), pair, pair, option.encode(number, KID)
    )

    request, request_id = server.unprotect(aiocoap.Message.decode(protected.encode()))
    assert (request.code, request.opt.uri_path) == (aiocoap.POST, tuple(segments))
    assert (request.opt.content_format, request.payload) == (APPLICATION_CBOR, payload)

    response, _ = server.protect(aiocoap.Message(code=aiocoap.CHANGED, payload=answer), request_id)
    response.mtype, response.mid, response.token = aiocoap.ACK, 7, b"t"
    message = decode(response.encode())
    assert message.values(OSCORE) == [b""]
    inner = unseal(ours, message, pair, pair)
    assert (inner.code, inner.payload, inner.options) == (CHANGED, answer, [])


class OurServer(asyncio.DatagramProtocol):
    """Our server on a UDP socket."""

    def __init__(self, collector):
        self.handled = []
        self.refused = []
        gate = Gate(collector.server, self.handle, self.refuse)
        blockwise = Blockwise(gate.handle)
        self.server = Server(blockwise.handle, self.refuse, 0, understood=(OSCORE, *BLOCK_OPTIONS))

    def handle(self, request, source, now_ms):
        self.handled.append((source, request.path(), request.payload))
        return CHANGED, b"got " + request.payload, [(CONTENT_FORMAT, b"\x3c")]

    def refuse(self, source, reason):
        self.refused.append(reason)

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        reply = self.server.receive(data, source, ticks_ms())
        if reply:
            self.transport.sendto(reply, source)


async def ask_our_server(collector, context, requests):
    """An aiocoap client's protected requests to our server: the responses, and the server."""
    loop = asyncio.get_running_loop()
    transport, ours = await loop.create_datagram_endpoint(
        lambda: OurServer(collector), local_addr=("127.0.0.1", 0)
    )
    base = f"coap://127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    client = await aiocoap.Context.create_client_context(transports=["oscore", "simple6"])
    client.client_credentials[base + "/*"] = context
    responses = []
    try:
        for payload in requests:
            request = aiocoap.Message(code=aiocoap.POST, uri=base + "/up/a", payload=payload)
            responses.append(await asyncio.wait_for(client.request(request).response, 10))
    finally:
        await client.shutdown()
        transport.close()
    return responses, ours


@pytest.fixture
def collector():
    collector = Collector()
    collector.contexts.states[KID] = initial_state(ID_CONTEXT)
    return collector


def test_an_aiocoap_client_and_our_server(collector, tmp_path):
    context = theirs(tmp_path / "client", KID, SERVER_ID)
    responses, ours = asyncio.run(ask_our_server(collector, context, [b"1", b"2"]))
    assert [response.payload for response in responses] == [b"got 1", b"got 2"]
    assert responses[0].opt.content_format == APPLICATION_CBOR
    assert ours.handled == [(KID, ["up", "a"], b"1"), (KID, ["up", "a"], b"2")]
    assert ours.refused == []


def test_an_aiocoap_client_answers_our_echo(collector, tmp_path):
    collector.server.renew(KID)  # loads the window, so that it is lost in the crash
    collector.start()
    context = theirs(tmp_path / "client", KID, SERVER_ID)
    responses, ours = asyncio.run(ask_our_server(collector, context, [b"1", b"2"]))
    assert [response.payload for response in responses] == [b"got 1", b"got 2"]
    assert len(ours.handled) == 2
    assert collector.server.counts == {"answered": 1, "handed over": 2}


def test_a_replaying_aiocoap_client_is_refused(collector, tmp_path):
    asyncio.run(ask_our_server(collector, theirs(tmp_path / "client", KID, SERVER_ID), [b"1", b"2"]))
    copy = theirs(tmp_path / "copy", KID, SERVER_ID)  # begins at number 0 again
    with pytest.raises(aiocoap.oscore.NotAProtectedMessage) as caught:
        asyncio.run(ask_our_server(collector, copy, [b"3"]))
    refusal = caught.value.plain_message
    assert (refusal.code, refusal.payload) == (aiocoap.UNAUTHORIZED, b"Replay detected")
    assert collector.server.counts == {"handed over": 2, "ReplayError": 1}


class Resource(aiocoap.resource.Resource):
    async def render_post(self, request):
        return aiocoap.Message(code=aiocoap.CHANGED, payload=b"got " + request.payload)


class Inbox(asyncio.DatagramProtocol):
    def __init__(self):
        self.datagrams = asyncio.Queue()

    def datagram_received(self, data, source):
        self.datagrams.put_nowait(data)


async def ask_an_aiocoap_server(context, node, payload):
    """Our client's request to an aiocoap server: the response, and how many requests it took."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    site = aiocoap.resource.Site()
    site.add_resource(["up"], Resource())
    credentials = CredentialsMap()
    credentials[":node"] = context
    server = await aiocoap.Context.create_server_context(
        OscoreSiteWrapper(site, credentials), bind=address, transports=["simplesocketserver"]
    )
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_datagram_endpoint(Inbox, remote_addr=address)
    try:
        for count in range(1, 4):
            exchange = Exchange(node.protect(payload), 0.0, understood=(OSCORE,))
            transport.sendto(exchange.start(ticks_ms()))
            message = None
            while message is None:
                datagram = await asyncio.wait_for(inbox.datagrams.get(), 10)
                message = exchange.receive(datagram, ticks_ms())
            response = node.client.unprotect_response(message)
            if response:
                return response, count
    finally:
        transport.close()
        await server.shutdown()


@pytest.fixture
def node():
    node = Node()
    stored = ClientState(Memory(), Memory())
    stored.begin(ID_CONTEXT)
    node.client = Client(aes, node.credentials, node.random_bytes, stored)
    return node


def test_our_client_and_an_aiocoap_server(node, tmp_path):
    context = theirs(tmp_path / "server", SERVER_ID, KID)
    response, requests = asyncio.run(ask_an_aiocoap_server(context, node, b"1"))
    assert (response.code, response.payload, requests) == (CHANGED, b"got 1", 1)


def test_our_client_answers_an_aiocoap_servers_echo(node, tmp_path):
    sequence = {"next-to-send": 10, "received": "unknown"}
    context = theirs(tmp_path / "server", SERVER_ID, KID, sequence)
    response, requests = asyncio.run(ask_an_aiocoap_server(context, node, b"1"))
    assert (response.code, response.payload, requests) == (CHANGED, b"got 1", 2)
