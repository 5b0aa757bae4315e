"""The model of the BC26: its UDP sockets."""

import pytest

from tests.host_tools.bc26_bench import Port, open_socket
from tests.host_tools.modem_bench import OK


@pytest.fixture
def online():
    return Port().register()


@pytest.fixture
def echo(online):
    """Online, with a server that sends everything back."""
    online.internet.serve(("192.0.2.1", 5683), lambda data, _source: [data])
    return online


def test_push_in_hex_on_one_line(echo):
    assert echo.ask('AT+QICFG="dataformat",1,1') == OK
    assert echo.ask('AT+QICFG="viewmode",1') == OK
    open_socket(echo)
    echo.ask("AT+CSCON=1;+QNBIOTRAI=2")
    assert echo.ask("AT+QISENDEX=0,8,41434B2C30303031", 0.08) == OK
    said = echo.wait(12).decode()
    parts = ["SEND OK", "+CSCON: 1", '+QIURC: "recv",0,8,"41434B2C30303031"', "+CSCON: 0"]
    assert said == "".join(f"\r\n{part}\r\n" for part in parts)
    assert echo.ask("AT+QNBIOTRAI?") == "\r\n+QNBIOTRAI: 0\r\n" + OK


def test_push_as_text(echo):
    open_socket(echo)
    assert echo.ask('AT+QISEND=0,9,a;"b",\xff\x01c', 0.08) == OK
    assert '\r\n+QIURC: "recv",0,9\r\na;"b",\xff\x01c\r\n' in echo.wait(12).decode("latin-1")


def test_buffer_mode(echo):
    open_socket(echo, extra="")
    for text in ("hello", "world"):
        echo.ask(f"AT+QISEND=0,5,{text}", 12)
    assert echo.ask("AT+QIRD=0,3") == "\r\n+QIRD: 3,2\r\nhel\r\n" + OK
    assert echo.ask("AT+QIRD=0,512") == "\r\n+QIRD: 2,0\r\nlo\r\n" + OK
    assert echo.ask("AT+QIRD=0,512") == "\r\n+QIRD: 5,0\r\nworld\r\n" + OK
    assert echo.ask("AT+QIRD=0,512") == "\r\n+QIRD: 0\r\n" + OK


def test_buffer_mode_announces_once_until_read_empty(echo):
    open_socket(echo, extra="")
    announcement = '\r\n+QIURC: "recv",0\r\n'
    assert announcement in echo.ask("AT+QISEND=0,1,a", 12)
    assert "recv" not in echo.ask("AT+QISEND=0,1,b", 12)
    for _ in range(3):
        echo.ask("AT+QIRD=0,512")
    assert announcement in echo.ask("AT+QISEND=0,1,c", 12)
    for _ in range(8):
        said = echo.ask("AT+QISEND=0,1,d", 12)
    assert '\r\n+QIURC: "recv",0,"buff full"\r\n' in said


def test_socket_state(online):
    online.ask('AT+QIOPEN=1,3,"UDP","192.0.2.1",5683,4711,1', 2)
    state = '\r\n+QISTATE: 3,"UDP","192.0.2.1",5683,4711,2,1,1\r\n'
    assert online.ask("AT+QISTATE=1,3") == state + OK and online.ask("AT+QISTATE?") == state + OK
    assert online.ask("AT+QICLOSE=3") == OK + "\r\nCLOSE OK\r\n"
    assert online.ask("AT+QISTATE=1,3") == OK
    assert online.ask("AT+QICLOSE=3") == OK + "\r\nCLOSE OK\r\n"


def test_socket_number_in_use(online):
    open_socket(online)
    assert "\r\n+QIOPEN: 0,563\r\n" in online.ask('AT+QIOPEN=1,0,"UDP","192.0.2.1",5683,0,1', 2)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('AT+QIOPEN=1,"UDP","192.0.2.1",5683,0,1', "552,invalid parameters"),
        ('AT+QIOPEN=1,5,"UDP","192.0.2.1",5683', "552,invalid parameters"),
        ('AT+QIOPEN=1,1,"TCP","192.0.2.1",5683', "555,"),
        ("AT+QISENDEX=0,2,41", "552,invalid parameters"),
        ("AT+QISENDEX=0,1,4x", "552,invalid parameters"),
        ("AT+QISENDEX=0,513," + "41" * 513, "552,invalid parameters"),
        ("AT+QISENDEX=1,1,41", "567,"),
        ("AT+QISEND=0", "552,invalid parameters"),
        ("AT+QIRD=0,513", "552,invalid parameters"),
        ('AT+QICFG="viewmode",2', "552,invalid parameters"),
        ('AT+QICFG="nosuch",1', "552,invalid parameters"),
    ],
)
def test_socket_errors(online, text, error):
    open_socket(online)
    online.ask("AT+CMEE=1")
    assert online.ask(text, 0.5) == "\r\nERROR\r\n"
    assert online.ask("AT+QIGETERROR").startswith("\r\n+QIGETERROR: " + error)


def test_second_send_before_send_ok(online):
    open_socket(online)
    for _ in range(10):  # until the first SEND OK takes longer than the second command
        said = online.ask("AT+QISENDEX=0,1,41", 0.07) + online.ask("AT+QISENDEX=0,1,42", 0.07)
        online.wait(3)
        if "SEND OK" not in said:
            break
    assert said == OK + "\r\nERROR\r\n"


def test_send_fails_without_service(online):
    open_socket(online)
    online.cell.coverage = False
    assert online.ask("AT+QISENDEX=0,1,41", 2) == OK + "\r\nSEND FAIL\r\n"


def test_radio_off_closes_sockets(online):
    open_socket(online)
    assert online.ask("AT+CFUN=0") == '\r\n+QIURC: "closed",0\r\n' + OK
    assert online.ask("AT+QISENDEX=0,1,41") == "\r\nERROR\r\n"
