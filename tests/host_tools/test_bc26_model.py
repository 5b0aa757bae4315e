"""The model of the BC26 alone, byte for byte, as a curious person at its serial port would see it.

Forms of lines: Quectel BC26 AT Commands Manual V1.1, BC26 TCP/IP AT Commands Manual V1.0.
"""

import random
import re

import pytest

from host_tools.simulator.buses import SerialLine
from host_tools.simulator.cell import Cell, CellOptions
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems.bc26 import Bc26

BROM = (
    b"F1: 0000 0000\r\nV0: 0000 0000 [0001]\r\n00: 0006 000C\r\n01: 0000 0000\r\n"
    b"U0: 0000 0001 [0000]\r\nT0: 0000 00B4\r\nLeaving the BROM\r\n"
)
OK = "\r\nOK\r\n"


class Port:
    """A terminal on the module's UART."""

    def __init__(self, seed=1, cell=None, **module):
        self.queue = EventQueue()
        self.internet = VirtualInternet(self.queue)
        self.cell = Cell(self.queue, random.Random(seed), self.internet, CellOptions(**cell or {}))
        self.module = Bc26(self.queue, None, random.Random(seed + 1), self.cell, **module)
        self.heard = bytearray()
        self.line = SerialLine(self.queue, self.module, self._hear)

    def _hear(self, data):
        self.heard += data

    def wait(self, seconds):
        """What the module says in that time."""
        self.queue.run_until(self.queue.now_us + int(seconds * 1_000_000))
        said, self.heard = bytes(self.heard), bytearray()
        return said

    def press(self, pin, seconds):
        self.module.pin(pin, 1)
        said = self.wait(seconds)
        self.module.pin(pin, 0)
        return said

    def ask(self, text, seconds=0.2):
        """Type a command; what the module says within 200 ms."""
        self.line.from_board(text.encode("latin-1") + b"\r")
        return self.wait(seconds).decode("latin-1")

    def boot(self):
        self.press("power", 0.1)
        self.module.pin("power", 1)
        self.press("pwrkey", 0.6)
        self.wait(3)
        for _ in range(3):
            self.ask("AT", 1)
        return self

    def register(self):
        self.boot().wait(60)
        self.ask("ATE0")
        return self


@pytest.fixture
def port():
    return Port().boot()


@pytest.fixture
def online():
    return Port().register()


def test_power_key_must_be_held_for_half_a_second():
    port = Port()
    assert port.press("pwrkey", 0.49) == b"" and port.wait(5) == b""
    assert port.press("pwrkey", 0.6) + port.wait(5) == BROM


def test_power_key_without_power_does_nothing():
    port = Port(powered=False)
    assert port.press("pwrkey", 0.6) + port.wait(5) == b""
    port.module.pin("power", 1)
    assert port.press("pwrkey", 0.6) + port.wait(5) == BROM


def test_power_cut(port):
    port.module.pin("power", 0)
    assert port.ask("AT", 5) == "" and not port.cell.registered


def test_reset_pin(port):
    assert port.press("reset", 0.04) == b""
    assert port.press("reset", 0.06) + port.wait(1) == BROM


@pytest.mark.parametrize("seed", range(6))
def test_autobaud(seed):
    port = Port(seed)
    port.press("pwrkey", 0.6)
    assert port.ask("AT", 0.3) == ""  # lost: the application does not run yet
    port.wait(2)
    answers = [port.ask("AT", 0.2) for _ in range(4)]
    silent = answers.index("AT\r" + OK)
    assert answers[:silent] == [""] * silent and silent in (1, 2)
    assert answers[silent + 1].startswith("AT\r")
    assert port.wait(1).count(b"+CPIN: READY") + "".join(answers).count("+CPIN: READY") == 1


def test_other_commands_do_not_synchronise():
    port = Port()
    port.press("pwrkey", 0.6)
    port.wait(3)
    assert [port.ask("ATI") for _ in range(5)] == [""] * 5


def test_urcs_follow_synchronisation():
    port = Port()
    port.press("pwrkey", 0.6)
    port.wait(3)
    said = "".join(port.ask("AT", 0.1) for _ in range(3)) + port.wait(1).decode()
    assert said.index("OK") < said.index("\r\n+CFUN: 1\r\n") < said.index("\r\n+CPIN: READY\r\n")


def test_echo(port):
    assert port.ask("ATE0") == "ATE0\r" + OK
    assert port.ask("AT") == OK
    assert port.ask("ATE1") == OK
    assert port.ask("AT") == "AT\r" + OK


def test_answers_take_their_time(online):
    for _ in range(20):
        assert online.ask("AT", 0.020) == ""  # the command alone takes 0.26 ms
        assert online.wait(0.045) == OK.encode()


def test_identity(online):
    assert online.ask("ATI") == "\r\nQuectel_Ltd\r\n\r\nQuectel_BC26\r\n\r\nRevision: BC26NBR01A01\r\n" + OK
    assert online.ask("AT+CGSN=1") == "\r\n+CGSN: 868123450012345\r\n" + OK
    assert online.ask("AT+CIMI") == "\r\n460001234567890\r\n" + OK
    assert online.ask("at+qccid") == "\r\n+QCCID: 89860411102570012345\r\n" + OK
    assert online.ask("AT+CGMR") == "\r\nRevision: BC26NBR01A01\r\n" + OK
    assert "MTK_2625" in online.ask("AT+CGMI")


def test_error_levels(online):
    assert online.ask("AT+CEREG=7") == "\r\nERROR\r\n"
    online.ask("AT+CMEE=1")
    assert online.ask("AT+CEREG=7") == "\r\n+CME ERROR: 50\r\n"
    assert online.ask("AT+NOSUCH?") == "\r\n+CME ERROR: 4\r\n"
    online.ask("AT+CMEE=2")
    assert online.ask("AT+CEREG=7") == "\r\n+CME ERROR: incorrect parameters\r\n"
    for nonsense in ("hello", "AT+", "AT+CIMI3", "AT+CEREG?1", "AT="):
        assert online.ask(nonsense).strip() in ("ERROR", "+CME ERROR: operation not supported"), nonsense


def test_several_commands_on_a_line(online):
    assert online.ask("AT+CEREG=1;+CSCON=1;+CEREG?") == "\r\n+CEREG: 1,1\r\n" + OK
    assert online.ask("AT+CEREG=2;+CEREG=9;+CSCON=0") == "\r\nERROR\r\n"
    assert online.ask("AT+CSCON?") == "\r\n+CSCON: 1,0\r\n" + OK  # the line ended at its error


def test_settings_read_back(online):
    assert online.ask("AT+QSCLK=?") == "\r\n+QSCLK: (0,1,2)\r\n" + OK
    for text, answer in (
        ('AT+CPSMS=1,,,"00100001","00000001"', '+CPSMS: 1,,,"00100001","00000001"'),
        ('AT+CEDRXS=1,5,"0101"', '+CEDRXS: 5,"0101"'),
        ('AT+QCGDEFCONT="IP","ctnb"', '+QCGDEFCONT: "IP","ctnb"'),
        ("AT+QNBIOTEVENT=1,1", "+QNBIOTEVENT: 1,1"),
        ("AT+QNBIOTRAI=2", "+QNBIOTRAI: 2"),
    ):
        assert online.ask(text) == OK
        assert online.ask(text[: text.index("=")] + "?") == f"\r\n{answer}\r\n" + OK


@pytest.mark.parametrize(
    ("level", "read"),
    [
        (0, "+CEREG: 0,1"),
        (1, "+CEREG: 1,1"),
        (2, '+CEREG: 2,1,"69C9","06923252",9'),
        (5, '+CEREG: 5,1,"69C9","06923252",9'),
    ],
)
def test_registration_levels(online, level, read):
    online.ask(f"AT+CEREG={level}")
    assert online.ask("AT+CEREG?") == f"\r\n{read}\r\n" + OK
    online.cell.coverage = False
    online.cell.coverage = True
    said = online.wait(30).decode()
    if level:
        assert "\r\n+CEREG: 2\r\n" in said and f"\r\n+CEREG: {read[10:]}\r\n" in said
    else:
        assert "CEREG" not in said


def test_psm_is_granted_as_deactivated(online):
    online.ask('AT+CEREG=5;+CPSMS=1,,,"00100001","00000001"')
    assert '9,,,"11100000","11100000"\r\n' in online.ask("AT+CEREG?")
    online.ask("AT+CPSMS=0")
    assert '"06923252",9\r\n' in online.ask("AT+CEREG?")


def test_denied():
    port = Port(cell={"reject_cause": 15}).register()
    for level, answer in ((1, "1,3"), (3, '3,3,"69C9","06923252",9,0,15'), (4, '4,3,"69C9","06923252",9')):
        port.ask(f"AT+CEREG={level}")
        assert port.ask("AT+CEREG?") == f"\r\n+CEREG: {answer}\r\n" + OK


def test_network_questions(online):
    assert online.ask("AT+CGATT?") == "\r\n+CGATT: 1\r\n" + OK
    assert online.ask("AT+CGPADDR=1") == "\r\n+CGPADDR: 1,10.170.235.216\r\n" + OK
    assert online.ask("AT+COPS?") == '\r\n+COPS: 0,2,"46000",9\r\n' + OK
    assert re.fullmatch(r"\r\n\+CCLK: \"26/01/01,08:01:\d\d\+32\"\r\n" + OK, online.ask("AT+CCLK?"))
    assert re.fullmatch(
        r'\r\n\+QENG: 0,2506,2,62,"6923252",-8[2-6],-(9|10|11),-7\d,12,5,"69C9",0,90\r\n' + OK,
        online.ask("AT+QENG=0"),
    )
    assert re.fullmatch(r"\r\n\+CSQ: (1[6-9]|2[0-3]),99\r\n" + OK, online.ask("AT+CSQ"))
    assert re.fullmatch(r"\r\n\+CESQ: 99,99,255,255,(18|20|22),5[5-9]\r\n" + OK, online.ask("AT+CESQ"))


def test_without_network():
    port = Port()
    port.cell.coverage = False
    port.register()
    port.ask("AT+CMEE=1")
    assert port.ask("AT+CGATT?") == "\r\n+CGATT: 0\r\n" + OK
    assert port.ask("AT+CGPADDR") == "\r\n+CGPADDR: 1\r\n" + OK
    assert port.ask("AT+CSQ") == "\r\n+CSQ: 99,99\r\n" + OK
    assert port.ask("AT+QENG=0") == "\r\n+CME ERROR: 841\r\n"
    assert port.ask("AT+CCLK?") == '\r\n+CCLK: "70/01/01,00:00:00+00"\r\n' + OK
    assert port.ask("AT+CFUN=0", 59) == ""  # the radio lets go only after a minute
    assert port.wait(22).decode() == OK
    assert port.ask("AT+QENG=0") == "\r\n+CME ERROR: 840\r\n"


def test_no_sim():
    port = Port(sim=False).boot()
    port.ask("ATE0")
    port.ask("AT+CMEE=1")
    assert port.ask("AT+CIMI") == "\r\n+CME ERROR: 10\r\n"
    assert port.ask("AT+CPIN?") == "\r\n+CME ERROR: 10\r\n"
    assert port.wait(60) == b"" and not port.cell.registered


def test_reboot_by_command_loses_ram_and_keeps_nvram(online):
    online.ask('AT+CEREG=5;+QCGDEFCONT="IP","ctnb"')
    assert online.ask("AT+QRST=1", 1).encode() == BROM
    online.wait(2)
    said = "".join(online.ask("AT", 1) for _ in range(3))
    assert "AT\r" + OK in said  # echo is on again
    assert "+CEREG: 0," in online.ask("AT+CEREG?")
    assert '"ctnb"' in online.ask("AT+QCGDEFCONT?")


def test_power_down(online):
    assert online.ask("AT+QPOWD=0") == OK
    assert online.ask("AT") == OK  # for a second more
    online.wait(1)
    assert online.ask("AT", 5) == "" and not online.cell.registered


# -- sockets


def open_socket(port, extra=",0,1"):
    assert port.ask(f'AT+QIOPEN=1,0,"UDP","192.0.2.1",5683{extra}', 0.1) == OK
    assert port.wait(2) == b"\r\n+QIOPEN: 0,0\r\n"


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


def test_radio_off_closes_sockets(online):
    open_socket(online)
    assert online.ask("AT+CFUN=0") == '\r\n+QIURC: "closed",0\r\n' + OK
    assert online.ask("AT+QISENDEX=0,1,41") == "\r\nERROR\r\n"
