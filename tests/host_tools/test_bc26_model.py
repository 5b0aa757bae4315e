"""The model of the BC26 alone, byte for byte, as a curious person at its serial port would see it.

Forms of lines: Quectel BC26 AT Commands Manual V1.1, BC26 TCP/IP AT Commands Manual V1.0.
"""

import re

import pytest

from tests.host_tools.bc26_bench import Port
from tests.host_tools.modem_bench import OK

BROM = (
    b"F1: 0000 0000\r\nV0: 0000 0000 [0001]\r\n00: 0006 000C\r\n01: 0000 0000\r\n"
    b"U0: 0000 0001 [0000]\r\nT0: 0000 00B4\r\nLeaving the BROM\r\n"
)


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


def test_signal_is_measured_in_idle_only(online):
    online.wait(60)
    online.ask('AT+QIOPEN=1,0,"UDP","192.0.2.1",5683,0,1', 2)
    idle = online.ask("AT+QENG=0")
    online.ask("AT+QISENDEX=0,1,41", 5)
    assert [online.ask("AT+QENG=0") for _ in range(6)] == [idle] * 6


def test_deferred_switching_of_the_radio_is_refused(online):
    online.ask("AT+CMEE=1")
    assert online.ask("AT+CFUN=1,1") == "\r\n+CME ERROR: 4\r\n"


def test_board_loses_power_with_the_key_pressed(port):
    port.module.pin("pwrkey", 1)
    port.module.power(False)
    port.module.power(True)
    assert port.wait(5) == b""


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
    assert port.ask("AT+QCCID") == "\r\n+CME ERROR: 10\r\n"
    assert port.ask("AT+CFUN=1") == "\r\n+CME ERROR: 4\r\n"
    assert port.wait(60) == b"" and not port.cell.registered


def test_reboot_by_command_loses_ram_and_keeps_nvram(online):
    online.ask('AT+CEREG=5;+QCGDEFCONT="IP","ctnb"')
    online.ask("AT+QISENDEX=0,1,41")
    assert online.ask("AT+QRST=1", 1).encode() == BROM
    online.wait(2)
    said = "".join(online.ask("AT", 1) for _ in range(3))
    assert "AT\r" + OK in said  # echo is on again
    assert "+QIGETERROR: 0,operate success" in online.ask("AT+QIGETERROR")
    assert "+CEREG: 0," in online.ask("AT+CEREG?")
    assert '"ctnb"' in online.ask("AT+QCGDEFCONT?")


def test_power_down(online):
    assert online.ask("AT+QPOWD=0") == OK
    assert online.ask("AT") == OK  # for a second more
    online.wait(1)
    assert online.ask("AT", 5) == "" and not online.cell.registered
