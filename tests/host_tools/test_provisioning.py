"""Provisioning without a node: names, addresses, the file, and the check of the server."""

import json
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from host_tools.collector.store import Keys
from host_tools.provisioning import device
from host_tools.provisioning.identity import (
    Provision,
    ProvisionError,
    check_node_name,
    is_loopback,
    node_name,
    parse_server,
)
from host_tools.provisioning.server import check_server
from protocols.coap import message as coap
from protocols.coap.numbers import RST

SECRET, SALT = bytes(range(16)), bytes(range(8))


def provision(node="pole-7", report_s=None):
    return Provision(node, "127.0.0.1", 5683, b"\0\1", Keys(SECRET, SALT), report_s)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("203.0.113.10", ("203.0.113.10", 5683)),
        ("203.0.113.10:1", ("203.0.113.10", 1)),
        ("collector.example.org:65535", ("collector.example.org", 65535)),
    ],
)
def test_servers(text, server):
    assert parse_server(text) == server


@pytest.mark.parametrize(
    "text",
    ["", ":5683", "a b", "::1", "[::1]:5683", "host:", "host:x", "host:²", "host:-1", "a:1:2", "a/b", "-a"],
)
def test_no_servers(text):
    with pytest.raises(ProvisionError, match="is no server address") as caught:
        parse_server(text)
    assert "HOST:PORT" in caught.value.hint


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
def test_no_ports(port):
    with pytest.raises(ProvisionError, match=f"{port} is no UDP port"):
        parse_server(f"127.0.0.1:{port}")


@pytest.mark.parametrize("name", ["", "a b", "../up", "-x", "a/b", "ä", "x" * 33, "x\n"])
def test_no_node_names(name):
    with pytest.raises(ProvisionError, match="is no node name"):
        check_node_name(name)
    with pytest.raises(ProvisionError, match="is no node name"):
        provision(name)


def test_node_names():
    check_node_name("x" * 32)
    assert node_name("smart_pole", bytes.fromhex("02c17054cef2")) == "smart_pole-54cef2"


def test_loopback():
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "localhost"]))
    assert not any(map(is_loopback, ["192.168.1.1", "0.0.0.0", "localhost.example.org", "example.org"]))


def test_what_the_node_is_told():
    assert json.loads(provision(report_s=2).to_json()) == {
        "node": "pole-7",
        "server": ["127.0.0.1", 5683],
        "security": "oscore",
        "kid": "0001",
        "secret": SECRET.hex(),
        "salt": SALT.hex(),
        "report_s": 2,
    }
    assert "report_s" not in json.loads(provision().to_json())
    bare = json.loads(Provision("pole-7", "127.0.0.1", 5683, None, None).to_json())
    assert bare == {"node": "pole-7", "server": ["127.0.0.1", 5683], "security": "plaintext"}


def test_secrets_are_not_in_its_text():
    assert SECRET.hex() not in repr(provision()) and str(SECRET) not in repr(provision())


def server(answer):
    """(port, its thread): a UDP server that takes one datagram and sends back `answer` of it."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))

    def serve():
        with listening:
            data, source = listening.recvfrom(64)
            listening.sendto(answer(data), source)

    thread = threading.Thread(target=serve)
    thread.start()
    return listening.getsockname()[1], thread


def test_a_server_that_answers_the_ping():
    port, thread = server(lambda ping: coap.empty(RST, coap.decode(ping).message_id))
    check_server("127.0.0.1", port)
    thread.join()


def test_a_server_that_does_not_speak_coap(monkeypatch):
    monkeypatch.setattr("host_tools.provisioning.server.WAIT_S", 0.01)
    port, thread = server(lambda _: b"HTTP/1.1 400 Bad Request\r\n")
    with pytest.raises(ProvisionError, match=rf"server 127.0.0.1:{port} does not answer") as caught:
        check_server("127.0.0.1", port)
    assert "citynode collect" in caught.value.hint
    thread.join()


def test_no_server(monkeypatch):
    monkeypatch.setattr("host_tools.provisioning.server.WAIT_S", 0.01)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))  # never read
        with pytest.raises(ProvisionError, match="does not answer"):
            check_server("127.0.0.1", bound.getsockname()[1])


def test_a_name_that_does_not_resolve(monkeypatch):
    def getaddrinfo(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ProvisionError, match=r"server nowhere\.example: the name is not known"):
        check_server("nowhere.example", 5683)


class FakeMpremote:
    """Stands in for the process, and remembers how it was called."""

    def __init__(self, stdout="", stderr="", returncode=0):
        self.result = (returncode, stdout, stderr)
        self.commands = []
        self.file = b""

    def __call__(self, command, **_):
        self.commands.append(command)
        if "run" in command:
            self.file = Path(command[command.index("run") + 1]).read_bytes()
        return subprocess.CompletedProcess(command, *self.result)


@pytest.fixture
def mpremote(monkeypatch):
    def use(*args, **kwargs):
        fake = FakeMpremote(*args, **kwargs)
        monkeypatch.setattr(device.subprocess, "run", fake)
        return fake

    return use


def test_identify(mpremote):
    mpremote('boot noise\r\n[[2, 193, 112, 84, 206, 242], "smart_pole", 123]\r\n')
    assert device.identify("port") == device.Found(bytes.fromhex("02c17054cef2"), "smart_pole", 123)


def test_micropython_without_our_firmware(mpremote):
    mpremote("[[2, 193, 112, 84, 206, 242], null, null]\n")
    with pytest.raises(ProvisionError, match="port: MicroPython answers, but there is no citynode firmware"):
        device.identify("port")


@pytest.mark.parametrize(
    "answer", ["", "hello", '["x"]', "[1, 2, 3]", "7", '[[300], "a", 1]', '["x", "a", 1]']
)
def test_nonsense(mpremote, answer):
    mpremote(answer)
    with pytest.raises(ProvisionError, match="port: the node answers nonsense"):
        device.identify("port")


@pytest.mark.parametrize(
    ("stdout", "stderr", "told"),
    [
        ("b''\n", "x\nmpremote.transport.TransportError: could not enter\n", "port: could not enter"),
        ("", "mpremote: failed to access port\n", "port: failed to access port"),
        ("", "Traceback\n  File\nOSError: 28\n", "port: OSError: 28"),
        ("", "", "port: mpremote gave no reason"),
    ],
)
def test_what_mpremote_says(mpremote, stdout, stderr, told):
    mpremote(stdout, stderr, 1)
    with pytest.raises(ProvisionError) as caught:
        device.identify("port")
    assert str(caught.value) == told
    assert "flashed first" in caught.value.hint


def test_no_answer_at_all(monkeypatch):
    def run(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(device.subprocess, "run", run)
    with pytest.raises(ProvisionError, match="port: no answer within 60 s"):
        device.identify("port")


def test_secrets_go_by_file_and_never_on_the_command_line(mpremote):
    fake = mpremote()
    device.write("port", provision())
    assert repr(provision().to_json()) in fake.file.decode()
    ((*_, last),) = fake.commands
    text = " ".join(fake.commands[0])
    assert SECRET.hex() not in text and SALT.hex() not in text
    assert last == "reset"
