"""The two internets behind the cell."""

import socket

import pytest

from host_tools.simulator.internet import LoopbackInternet, VirtualInternet
from host_tools.simulator.kernel import EventQueue, WallClock

GIVE_UP_US = 10_000_000  # real time, reached only by a failing test


def test_virtual_servers_answer_the_endpoint_that_asked():
    queue = EventQueue()
    internet = VirtualInternet(queue)
    sources, got = [], []

    def serve(data, source):
        sources.append(source)
        return [data.upper(), b"more"]

    internet.serve(("collector.example", 5683), serve)
    first = internet.open(lambda data, source: got.append(("first", data, source)))
    second = internet.open(lambda data, source: got.append(("second", data, source)))
    first.send(b"one", ("collector.example", 5683))
    second.send(b"two", ("collector.example", 5684))
    queue.run_until(0)
    assert got == [
        ("first", b"ONE", ("collector.example", 5683)),
        ("first", b"more", ("collector.example", 5683)),
    ]
    assert sources == [first.address] and first.address != second.address


def test_virtual_endpoint_that_is_closed_hears_nothing():
    queue = EventQueue()
    internet = VirtualInternet(queue)
    internet.serve(("192.0.2.1", 1), lambda data, _source: [data])
    got = []
    endpoint = internet.open(lambda data, _source: got.append(data))
    endpoint.send(b"x", ("192.0.2.1", 1))
    endpoint.close()
    endpoint.send(b"y", ("192.0.2.1", 1))
    queue.run_until(0)
    assert got == []


@pytest.fixture
def loopback():
    """Internet, endpoint, what it received, and a real server socket."""
    queue = EventQueue(WallClock())
    internet = LoopbackInternet(queue)
    got = []
    endpoint = internet.open(lambda data, source: got.append((data, source)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        yield internet, endpoint, got, server
    endpoint.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_there_and_back(loopback, host):
    internet, endpoint, got, server = loopback
    endpoint.send(b"ping", (host, server.getsockname()[1]))
    data, source = server.recvfrom(100)
    assert data == b"ping" and source[0] == "127.0.0.1"
    server.sendto(b"pong", source)
    internet.queue.run_until(GIVE_UP_US, done=lambda: bool(got))
    assert got == [(b"pong", server.getsockname())]


def test_loopback_refused_port_is_silent(loopback):
    internet, endpoint, got, server = loopback
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        closed_port = other.getsockname()[1]
    endpoint.send(b"lost", ("127.0.0.1", closed_port))
    endpoint.send(b"ping", server.getsockname())  # the endpoint lives on
    server.sendto(b"pong", server.recvfrom(100)[1])
    internet.queue.run_until(GIVE_UP_US, done=lambda: bool(got))
    assert got == [(b"pong", server.getsockname())]


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "8.8.8.8", "collector.example", "0.0.0.0", "::1", "127.0.0.1.example"]
)
def test_loopback_refuses_the_rest_of_the_world(loopback, host, caplog):
    internet, endpoint, _got, server = loopback
    endpoint.send(b"out", (host, 5683))
    endpoint.send(b"out", (host, 5683))
    endpoint.send(b"in", server.getsockname())
    assert server.recv(100) == b"in"
    assert internet.refused == 2
    assert len(caplog.records) == 1 and host in caplog.text


def test_loopback_close_ends_its_thread(loopback):
    _internet, endpoint, _got, _server = loopback
    endpoint.close()
    assert not endpoint._thread.is_alive()
    endpoint.close()
    endpoint.send(b"late", ("127.0.0.1", 9))
