"""Block-wise transfer with aiocoap over loopback UDP, both ways."""

import asyncio
import socket

import aiocoap
import aiocoap.resource
import pytest

from protocols.coap.message import decode
from protocols.coap.numbers import BLOCK1, BLOCK2, CHANGED, CONTENT, FETCH, GET, NON, POST, PUT
from tests.protocols.coap_udp import LARGE, PATIENCE_S, drive, serve, transfer


async def ask_our_server(code, path, payload=b"", szx=5):
    """aiocoap's response, and our server afterwards."""
    ours, (host, port) = await serve(szx)
    client = await aiocoap.Context.create_client_context(transports=["simple6"])
    request = aiocoap.Message(code=code, uri=f"coap://{host}:{port}{path}", payload=payload)
    response = await asyncio.wait_for(client.request(request).response, PATIENCE_S)
    await client.shutdown()
    ours.transport.close()
    return response, ours


@pytest.mark.parametrize("szx", [0, 5, 6])
def test_aiocoap_gets_a_large_body_from_us(szx):
    response, ours = asyncio.run(ask_our_server(aiocoap.GET, "/large", szx=szx))
    assert (response.code, response.payload) == (aiocoap.CONTENT, LARGE)
    assert len(ours.replies) == -(-len(LARGE) // (16 << szx))
    assert ours.asked == [(GET, "large", b"")]


@pytest.mark.parametrize("szx", [2, 6])
def test_aiocoap_puts_a_large_body_to_us(szx):
    response, ours = asyncio.run(ask_our_server(aiocoap.PUT, "/store", LARGE, szx))
    assert response.code == aiocoap.CHANGED
    assert ours.asked == [(PUT, "store", LARGE)]


@pytest.mark.parametrize("code", [aiocoap.POST, aiocoap.FETCH])
def test_aiocoap_sends_and_gets_large_bodies(code):
    response, ours = asyncio.run(ask_our_server(code, "/mirror", LARGE))
    assert response.payload == LARGE[::-1]
    assert ours.asked == [(int(code), "mirror", LARGE)]


def test_aiocoap_learns_that_a_body_is_too_large():
    response, ours = asyncio.run(ask_our_server(aiocoap.PUT, "/store", bytes(9000)))
    assert response.code == aiocoap.REQUEST_ENTITY_TOO_LARGE
    assert ours.asked == []


class Mirror(aiocoap.resource.Resource):
    def __init__(self):
        super().__init__()
        self.taken = []

    async def render_get(self, request):
        return aiocoap.Message(payload=LARGE)

    async def render_post(self, request):
        self.taken.append(request.payload)
        return aiocoap.Message(code=aiocoap.CHANGED, payload=request.payload[::-1])

    render_fetch = render_post


async def ask_an_aiocoap_server(client):
    """Our result, the messages that we sent, and the bodies that aiocoap took."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    site = aiocoap.resource.Site()
    mirror = Mirror()
    site.add_resource(["a"], mirror)
    theirs = await aiocoap.Context.create_server_context(
        site, bind=address, transports=["simplesocketserver"]
    )
    result, sent = await drive(client, address)
    await theirs.shutdown()
    return result, [decode(datagram) for datagram in sent], mirror.taken


@pytest.mark.parametrize("szx", [0, 3, 6])
def test_we_get_a_large_body_from_aiocoap(szx):
    result, sent, _ = asyncio.run(ask_an_aiocoap_server(transfer(GET, "/a", szx=szx)))
    assert (result.code, result.payload) == (CONTENT, LARGE)
    assert len(sent) == -(-len(LARGE) // (16 << szx))


@pytest.mark.parametrize("code", [POST, FETCH])
def test_we_send_and_get_large_bodies(code):
    result, sent, taken = asyncio.run(ask_an_aiocoap_server(transfer(code, "/a", LARGE)))
    assert (result.code, result.payload) == (CHANGED, LARGE[::-1])
    assert taken == [LARGE]
    assert sum(bool(m.values(BLOCK1)) for m in sent) == 6
    assert sum(m.uint(BLOCK2) in range(16, 6 << 4) for m in sent) > 1


def test_we_get_a_large_body_without_confirmation():
    result, sent, _ = asyncio.run(ask_an_aiocoap_server(transfer(GET, "/a", type=NON)))
    assert result.payload == LARGE
    assert {m.type for m in sent} == {NON}
