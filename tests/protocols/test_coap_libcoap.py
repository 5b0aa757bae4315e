"""Our CoAP with libcoap's programs on loopback UDP, both ways (Debian and Ubuntu: libcoap3-bin)."""

import asyncio
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

from protocols.coap.message import decode, empty
from protocols.coap.numbers import (
    ACK,
    BLOCK1,
    BLOCK2,
    CHANGED,
    CON,
    CONTENT,
    CREATED,
    DELETE,
    DELETED,
    GET,
    NON,
    POST,
    PUT,
    RST,
)
from tests.protocols.coap_udp import LARGE, PATIENCE_S, drive, exchange, serve, transfer


def program(name):
    """libcoap's client or server, whatever TLS library it was built with."""
    names = (name, f"{name}-notls", f"{name}-gnutls", f"{name}-openssl")
    return next(filter(None, map(shutil.which, names)), None)


CLIENT, SERVER = program("coap-client"), program("coap-server")
pytestmark = pytest.mark.skipif(
    not (CLIENT and SERVER), reason="libcoap is missing: apt install libcoap3-bin"
)


async def coap_client(path, *arguments, szx=5):
    """What coap-client prints when it asks our server, and our server afterwards."""
    ours, (host, port) = await serve(szx)
    # -B: it would wait 90 s; -v 0: only the payload is printed
    command = [CLIENT, "-v", "0", "-B", str(PATIENCE_S), *arguments, f"coap://{host}:{port}{path}"]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 2 * PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
        ours.transport.close()
    return output, ours


def ask_us(path, *arguments, **options):
    return asyncio.run(coap_client(path, *arguments, **options))


def test_coap_client_puts_and_posts():
    _, ours = ask_us("/store", "-m", "put", "-e", "hello")
    assert ours.asked == [(PUT, "store", b"hello")]
    output, ours = ask_us("/mirror", "-m", "post", "-e", "hello")
    assert output.strip() == b"olleh"


def test_coap_client_gets_an_error():
    output, _ = ask_us("/nowhere")
    assert b"4.04" in output and b"no such thing" in output


def test_coap_client_without_confirmation():
    output, ours = ask_us("/mirror", "-N", "-m", "post", "-e", "hello")
    assert output.strip() == b"olleh"
    assert [decode(reply).type for reply in ours.replies] == [NON]


def test_coap_client_sends_an_echo_back():
    output, ours = ask_us("/switch", "-m", "put", "-e", "on")
    assert output.strip() == b"switched"
    assert ours.asked == [(PUT, "switch", b"on")] * 2


def test_coap_client_waits_for_a_separate_response():
    output, ours = ask_us("/slow")
    assert output.strip() == b"at last"
    assert ours.asked == [(GET, "slow", b"")]
    assert [decode(reply).type for reply in ours.replies] == [ACK]
    assert ours.server.next_ms is None  # it was acknowledged


@pytest.mark.parametrize("size", [None, "64", "1024"])
def test_coap_client_gets_a_large_body(tmp_path, size):
    file = tmp_path / "body"
    _, ours = ask_us("/large", "-o", str(file), *(["-b", size] if size else []))
    assert file.read_bytes() == LARGE
    assert len(ours.replies) > 3
    assert ours.asked == [(GET, "large", b"")]


@pytest.mark.parametrize("szx", [1, 6])
def test_coap_client_puts_a_large_body(tmp_path, szx):
    file = tmp_path / "body"
    file.write_bytes(LARGE)
    _, ours = ask_us("/store", "-m", "put", "-f", str(file), "-b", "1024", szx=szx)
    assert ours.asked == [(PUT, "store", LARGE)]


def test_coap_client_posts_and_gets_large_bodies(tmp_path):
    file, answer = tmp_path / "body", tmp_path / "answer"
    file.write_bytes(LARGE)
    _, ours = ask_us("/mirror", "-m", "post", "-f", str(file), "-o", str(answer), "-b", "256")
    assert ours.asked == [(POST, "mirror", LARGE)]
    assert answer.read_bytes() == LARGE[::-1]


@contextmanager
def coap_server():
    """The address of a coap-server that takes new resources by PUT."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    command = [SERVER, "-A", "127.0.0.1", "-p", str(address[1]), "-d", "10", "-v", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_listens(address)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_until_it_listens(address):
    deadline = time.monotonic() + PATIENCE_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.1)
        probe.connect(address)
        while time.monotonic() < deadline:
            try:
                probe.send(empty(CON, 1))
                if probe.recv(64) == empty(RST, 1):
                    return
            except OSError:
                continue
    raise AssertionError("coap-server does not answer")


def ask_them(*clients):
    """The results of Exchanges or Transfers with one coap-server, and the messages that we sent."""
    results, sent = [], []
    with coap_server() as address:
        for client in clients:
            result, datagrams = asyncio.run(drive(client, address))
            results.append(result)
            sent.extend(map(decode, datagrams))
    return results, sent


def test_we_put_get_and_delete_at_coap_server():
    results, _ = ask_them(
        exchange(PUT, "/new", b"hello"),
        exchange(GET, "/new"),
        exchange(PUT, "/new", b"again"),
        exchange(DELETE, "/new"),
        exchange(GET, "/new", type=NON),
    )
    assert [r.code for r in results[:4]] == [CREATED, CONTENT, CHANGED, DELETED]
    assert (results[1].type, results[1].payload) == (ACK, b"hello")
    assert results[4].type == NON


def test_we_wait_for_coap_servers_separate_response():
    (result,), sent = ask_them(exchange(GET, "/async", query=[b"1"]))  # it takes one second
    assert (result.type, result.code) == (CON, CONTENT)
    assert sent[-1] == decode(empty(ACK, result.message_id))


@pytest.mark.parametrize("szx", [0, 4, 6])
def test_large_bodies_to_and_from_coap_server(szx):
    results, sent = ask_them(
        transfer(PUT, "/example_data", LARGE, szx=szx), transfer(GET, "/example_data", szx=szx)
    )
    assert results[0].code in (CREATED, CHANGED)
    assert results[1].payload == LARGE
    blocks = -(-len(LARGE) // (16 << szx))
    assert sum(bool(m.values(BLOCK1)) for m in sent) == blocks
    assert sum(bool(m.values(BLOCK2)) for m in sent) == blocks
