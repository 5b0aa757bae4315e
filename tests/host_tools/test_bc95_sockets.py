"""The model of the BC95-G: its UDP sockets."""

import dataclasses

import pytest

from host_tools.simulator.radio.options import LEVELS
from tests.host_tools.bc95_bench import HELLO, Port, open_socket, send
from tests.host_tools.modem_bench import OK


@pytest.fixture
def port():
    port = Port().boot()
    port.ask("ATE0")
    return port


@pytest.fixture
def online():
    return Port().register()


def test_platform_takes_a_socket(port):
    port.wait(60)
    assert port.ask("AT+NSOCR=DGRAM,17,0,1") == "\r\n1\r\n" + OK
    assert port.ask("AT+NSOCL=0") == "\r\nERROR\r\n"


def test_numbers_run_out(online):
    numbers = [online.ask("AT+NSOCR=DGRAM,17,0,1").strip().split("\r\n")[0] for _ in range(8)]
    assert numbers == [*"0123456", "+CME ERROR: 3"]
    assert online.ask("AT+NSOCL=3") == OK and online.ask("AT+NSOCR=DGRAM,17,0,1") == "\r\n3\r\n" + OK


@pytest.mark.parametrize("text", ["STREAM,6,0,1", "DGRAM,17,5683,1", "DGRAM,17"])
def test_sockets_that_are_refused(online, text):
    assert "ERROR" in online.ask("AT+NSOCR=" + text)


def test_answer_without_a_number():
    port = Port(lost_socket_ids=1.0).register()
    assert port.ask("AT+NSOCR=DGRAM,17,0,1") == OK


def test_send_and_receive_whole(online):
    open_socket(online)
    said = send(online, extra=",9")
    assert said.startswith("\r\n0,5\r\n" + OK)
    assert said.index("+NSOSTR:0,9,1") < said.index(f"+NSONMI:0,203.0.113.10,5683,5,{HELLO}")


def test_modes_of_receiving(online):
    open_socket(online, mode=3)
    assert f"\r\n+NSONMI:0,5,{HELLO}\r\n" in send(online)
    online.ask("AT+NSONMI=1")
    assert "\r\n+NSONMI:0,5\r\n" in send(online)
    assert "+NSONMI" not in send(online)  # one is still waiting
    assert online.ask("AT+NSORF=0,3") == "\r\n0,203.0.113.10,5683,3,68656C,2\r\n" + OK
    assert online.ask("AT+NSORF=0,1358") == "\r\n0,203.0.113.10,5683,2,6C6F,0\r\n" + OK
    assert online.ask("AT+NSORF=0,1358") == f"\r\n0,203.0.113.10,5683,5,{HELLO},0\r\n" + OK
    assert online.ask("AT+NSORF=0,1358") == OK
    online.ask("AT+NSONMI=0")
    assert "+NSONMI" not in send(online)


def test_full_buffer_drops_the_newest(online):
    open_socket(online, mode=1)
    for i in range(10):
        send(online, f"{i:02X}", 8)
    datagrams = [online.ask("AT+NSORF=0,100").split(",")[4] for _ in range(8)]
    assert datagrams == [f"{i:02X}" for i in range(8)] and online.ask("AT+NSORF=0,100") == OK


def test_socket_that_does_not_receive(online):
    open_socket(online, receive=0)
    assert "NSONMI" not in send(online)


def test_empty_line_before_data():
    port = Port(stray_cr=True).register()
    open_socket(port, mode=1)
    send(port)
    assert port.ask("AT+NSORF=0,9") == f"\r\n\r\n\r\n0,203.0.113.10,5683,5,{HELLO},0\r\n" + OK


def test_release_assistance(online):
    open_socket(online)
    online.ask("AT+CSCON=1", 30)
    assert "+CSCON:0" in send(online, flags="0x400", seconds=12)  # after the reply
    online.internet.servers.clear()
    assert "+CSCON:0" in send(online, flags="0x200", seconds=9)
    assert "+CSCON:0" not in send(online, seconds=15)


def test_release_assistance_switched_off(online):
    online.ask("AT+NCONFIG=RAI,FALSE")
    online.ask("AT+NRB", 5)
    for text in ("ATE0", "AT+CFUN=1", "AT+CSCON=1"):
        online.ask(text, 4)
    online.ask("AT+CGATT=1", 60)
    open_socket(online)
    assert "+CSCON:0" not in send(online, flags="0x200", seconds=15)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AT+NSOST=1,203.0.113.10,5683,1,41", 50),
        ("AT+NSOST=0,nosuch.host,5683,1,41", 50),
        ("AT+NSOST=0,203.0.113.10,0,1,41", 50),
        ("AT+NSOST=0,203.0.113.10,5683,2,41", 50),
        ("AT+NSOST=0,203.0.113.10,5683,1,4", 50),
        ("AT+NSOST=0,203.0.113.10,5683,0,", 50),
        ("AT+NSOST=0,203.0.113.10,5683,1,41,256", 50),
        ("AT+NSOSTF=0,203.0.113.10,5683,0x800,1,41", 50),
        ("AT+NSOSTATUS=7", 50),
        ("AT+NSOCL=3", 50),
    ],
)
def test_socket_errors(online, text, code):
    open_socket(online)
    assert online.ask(text) == f"\r\n+CME ERROR: {code}\r\n"


@pytest.mark.parametrize(("options", "limit"), [({}, 1358), ({"max_datagram": 512}, 512)])
def test_largest_datagram(options, limit):
    port = Port(**options).register()
    open_socket(port)
    assert send(port, "41" * limit, 20).startswith(f"\r\n0,{limit}\r\n" + OK)
    assert send(port, "41" * (limit + 1), 4) == "\r\n+CME ERROR: 50\r\n"


def test_failure_to_send_is_told(online):
    open_socket(online)
    online.cell.coverage = False
    online.wait(30)
    assert "\r\n+NSOSTR:0,7,0\r\n" in send(online, extra=",7")


def test_busy_uplink():
    slow = dataclasses.replace(LEVELS[0], rrc_setup_ms=(5000, 5000, 5000))
    port = Port(uplink_queue=2, cell={"levels": (slow,) * 3}).register()
    open_socket(port)
    port.wait(30)
    assert [send(port, seconds=0.2, extra=f",{n}") for n in (1, 2)] == ["\r\n0,5\r\n" + OK] * 2
    assert "+CME ERROR: 50" in send(port, seconds=0.2, extra=",2")  # its fate is not known yet
    assert "+CME ERROR: 159" in send(port, seconds=0.2, extra=",3")
    assert port.ask("AT+NSOSTATUS=0") == "\r\n+NSOSTATUS:0,2\r\n" + OK


def test_radio_off_closes_sockets(online):
    open_socket(online)
    assert "\r\n+NSOCLI: 0\r\n" in online.ask("AT+CFUN=0", 4)
    assert send(online, seconds=1) == "\r\n+CME ERROR: 50\r\n"
