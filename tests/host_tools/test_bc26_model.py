"""The model of the BC26 alone, byte for byte, as a curious person at its serial port would see it.

Forms of lines: Quectel BC26 AT Commands Manual V1.1, BC26 TCP/IP AT Commands Manual V1.0.
"""

import re

import pytest

from host_tools.simulator.modems.bc26 import Bc26, Bc66
from tests.host_tools import modem_bench
from tests.host_tools.modem_bench import OK

BROM = (
    b"F1: 0000 0000\r\nV0: 0000 0000 [0001]\r\n00: 0006 000C\r\n01: 0000 0000\r\n"
    b"U0: 0000 0001 [0000]\r\nT0: 0000 00B4\r\nLeaving the BROM\r\n"
)


class Port(modem_bench.Port):
    def __init__(self, seed=1, cell=None, model=Bc26, **module):
        super().__init__(model, seed, cell=cell, **module)

    def register(self, sleeps=False):
        self.boot()
        self.ask("AT+QSCLK=0")
        self.wait(60)
        self.ask("ATE0")
        if sleeps:
            self.ask("AT+QSCLK=1")
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


# -- power saving

ASK_PSM = 'AT+CPSMS=1,,,"00100001","00000001"'  # T3412 1 h, T3324 2 s


@pytest.fixture
def sleeper():
    """Registered, deep asleep in PSM."""
    port = Port().register(sleeps=True)
    port.ask("AT+QNBIOTEVENT=1,1;+CEREG=5")
    port.ask(ASK_PSM)
    port.wait_for("ENTER PSM")
    port.wait(10)
    return port


def test_psm_is_negotiated_and_told(online):
    online.ask("AT+CEREG=5;+QNBIOTEVENT=1,1")
    assert online.ask("AT+CEREG?") == '\r\n+CEREG: 5,1,"69C9","06923252",9\r\n' + OK
    assert online.ask(ASK_PSM, 0.07) == OK
    said = online.wait_for("ENTER PSM")
    assert '\r\n+CEREG: 1,"69C9","06923252",9,,,"00000001","00100001"\r\n' in said
    assert online.ask("AT+QENG=0") == "\r\nERROR\r\n"
    online.ask("AT+CMEE=1")
    assert online.ask("AT+QENG=0") == "\r\n+CME ERROR: 846\r\n"
    online.ask("AT+CPSMS=0", 10)
    assert online.ask("AT+CEREG?") == '\r\n+CEREG: 5,1,"69C9","06923252",9\r\n' + OK


def test_psm_that_the_network_denies():
    port = Port(cell={"psm_grant": "denied"}).register()
    port.ask("AT+CEREG=4;+QNBIOTEVENT=1,1")
    port.ask(ASK_PSM, 60)
    assert port.ask("AT+CEREG?").endswith(',9,,,"11100000","11100000"\r\n' + OK)
    assert b"PSM" not in port.wait(3600)


@pytest.mark.parametrize("text", ['AT+CPSMS=1,,,"0010000","00000001"', "AT+CPSMS=3", 'AT+CEDRXS=1,4,"0101"'])
def test_power_saving_that_makes_no_sense(online, text):
    online.ask("AT+CMEE=1")
    assert online.ask(text) == "\r\n+CME ERROR: 50\r\n"
    assert online.ask("AT+CPSMS?") == "\r\n+CPSMS: 0\r\n" + OK


def test_edrx(online):
    online.ask('AT+CEDRXS=1,5,"0101"', 10)
    assert online.ask("AT+CEDRXRDP") == '\r\n+CEDRXRDP: 5,"0101","0101","1111"\r\n' + OK
    assert online.cell.granted.edrx_ms == 81_920
    online.ask("AT+CEDRXS=0,5", 10)
    assert online.ask("AT+CEDRXRDP") == "\r\n+CEDRXRDP: 0\r\n" + OK


def test_granted_edrx_is_told(online):
    assert '\r\n+CEDRXP: 5,"0101","0101","1111"\r\n' in online.ask('AT+CEDRXS=2,5,"0101"', 10)
    assert "+CEDRXP" not in online.ask('AT+CEDRXS=2,5,"0101"', 10)


def test_deaf_in_light_sleep_until_the_pin_wakes_it(online):
    online.ask("AT+QSCLK=1", 9)
    assert online.ask("AT") == OK  # each command keeps it awake for ten seconds
    online.wait(11)
    assert online.ask("AT", 5) == ""
    online.press("psm_eint", 0.1)
    assert online.ask("AT") == OK


def test_characters_end_light_sleep_and_are_lost(online):
    online.ask("AT+QSCLK=2", 15)
    assert online.ask("AT") == "" and online.ask("AT") == OK


def test_commands_keep_it_awake_until_the_lock_is_released(online):
    online.ask("AT+QSCLK=1")
    assert online.ask("AT+QRELLOCK") == OK
    assert online.ask("AT", 2) == ""


def test_deep_sleep(sleeper):
    sleeper.module.settings["+QATWAKEUP"] = 1
    assert sleeper.ask("AT", 5) == ""
    sleeper.press("psm_eint", 0.1)
    assert sleeper.ask("AT", 0.8) == ""  # it is on its way, and its UART is dead
    assert sleeper.wait(1.2) == b"\r\n+QATWAKEUP\r\n"
    assert sleeper.ask("AT") == OK and sleeper.cell.power_save  # its radio sleeps on
    sleeper.wait(10.5)
    assert sleeper.ask("AT", 5) == ""


def test_no_deep_sleep_with_the_power_key_held_down():
    port = Port().register(sleeps=True)
    port.module.pin("pwrkey", 1)
    port.ask(ASK_PSM, 60)
    assert port.cell.power_save
    port.press("psm_eint", 0.1)
    assert port.ask("AT") == OK  # it slept lightly


def test_registration_after_deep_sleep():
    port = Port(recalls_network_ms=(1000, 1000)).register(sleeps=True)
    port.ask("AT+QNBIOTEVENT=1,1")
    port.ask(ASK_PSM, 60)
    port.press("psm_eint", 2.0)
    assert port.ask("AT+CEREG?", 0.1) == "\r\n+CEREG: 0,2\r\n" + OK
    port.wait(1)
    assert port.ask("AT+CEREG?", 0.1) == "\r\n+CEREG: 0,1\r\n" + OK


def test_periodic_update_wakes_it(sleeper):
    said = sleeper.wait_for("ENTER PSM", 3700)
    assert "EXIT PSM" in said and sleeper.queue.now_us > 3600_000_000
    sleeper.wait(1)
    assert sleeper.ask("AT", 5) == ""


@pytest.mark.parametrize("survive", [True, False])
def test_sockets_in_deep_sleep(survive):
    port = Port(sockets_survive_sleep=survive).register(sleeps=True)
    open_socket(port)
    port.ask("AT+QNBIOTRAI=2")
    port.ask(ASK_PSM, 60)
    port.press("psm_eint", 2.5)
    port.ask("AT+QSCLK=0")
    assert port.ask("AT+QNBIOTRAI?") == "\r\n+QNBIOTRAI: 0\r\n" + OK
    assert ("SEND OK" in port.ask("AT+QISENDEX=0,1,41", 3)) == survive


def test_only_the_edge_of_the_pin_wakes(online):
    online.module.pin("psm_eint", 1)
    online.ask("AT+QSCLK=1", 15)
    online.module.pin("psm_eint", 1)
    online.wait(3)
    assert online.ask("AT") == ""


def test_reset_on_the_way_up(sleeper):
    sleeper.press("psm_eint", 0.1)
    sleeper.press("reset", 0.1)
    sleeper.wait(3)
    assert any(sleeper.answers() for _ in range(4))


def test_power_saving_switched_off(online):
    online.ask(ASK_PSM)
    assert online.ask("AT+CPSMS=2") == OK and online.ask("AT+CPSMS?") == "\r\n+CPSMS: 0\r\n" + OK
    online.ask('AT+CEDRXS=1,5,"0101"')
    assert online.ask("AT+CEDRXS=0") == OK and online.ask("AT+CEDRXS?") == '\r\n+CEDRXS: 5,"0101"\r\n' + OK
    assert online.ask("AT+CEDRXS=3") == OK and online.ask("AT+CEDRXS?") == "\r\n+CEDRXS: \r\n" + OK


# -- BC66


def test_bc66_start():
    port = Port(model=Bc66).boot()
    port.ask("ATE0")
    assert "Quectel_BC66" in port.ask("ATI") and "BC66NBR01A10" in port.ask("AT+QGMR")
    port.ask("AT+QRST=1", 3)
    said = "".join(port.ask("AT", 0.5) for _ in range(4))
    assert said.index("RDY") < said.index("+CFUN: 1") < said.index("+CPIN: READY")


def test_prompt_for_data():
    port = Port(model=Bc66).register()
    port.internet.serve(("192.0.2.1", 5683), lambda data, _source: [data])
    open_socket(port)
    assert port.ask("AT+QISEND=0,4") == "\r\n> "
    port.line.from_board(b"a\r\xffb")
    said = port.wait_for('"recv"').encode("latin-1") + port.wait(1)
    assert said.startswith(b"\r\nOK\r\n\r\nSEND OK\r\n")
    assert said.endswith(b'+QIURC: "recv",0,4\r\na\r\xffb\r\n')
    assert port.ask("AT") == OK
    assert port.ask("AT+QISEND=0,1025") == "\r\nERROR\r\n"
    assert port.ask("AT+QISEND=1,4") == "\r\nERROR\r\n"


def test_bc66_settings():
    port = Port(model=Bc66).register()
    assert port.ask('AT+QCFG="dsevent"') == '\r\n+QCFG: "dsevent",0\r\n' + OK
    port.ask('AT+QCFG="dsevent",1;+QSCLK=1')
    assert port.ask('AT+QCFG="nosuch",1') == "\r\nERROR\r\n"
    port.ask('AT+QEDRXCFG=1,5,"0101","0011"', 5)
    assert port.ask("AT+CEDRXRDP") == '\r\n+CEDRXRDP: 5,"0101","0101","0011"\r\n' + OK
    port.ask(ASK_PSM)
    port.wait_for("ENTER DEEPSLEEP")
    port.press("psm_eint", 0.1)
    port.wait_for("EXIT DEEPSLEEP")


def test_stuck_after_a_reject():
    port = Port(model=Bc66, cell={"reject_cause": 11}, stuck_after_reject=True).register()
    assert port.ask("AT+CEREG?") == "\r\n+CEREG: 0,2\r\n" + OK and port.cell.stat == 3
    port.cell.set(reject_cause=None)
    port.ask("AT+CFUN=0", 90)
    port.ask("AT+CFUN=1", 60)
    assert port.ask("AT+CEREG?") == "\r\n+CEREG: 0,1\r\n" + OK


def test_crash_after_so_many_wakes():
    port = Port(model=Bc66, crash_after_wakes=2).register(sleeps=True)
    port.ask(ASK_PSM, 60)
    assert b"BROM" not in port.press("psm_eint", 20)
    assert b"BROM" in port.press("psm_eint", 20)


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


def test_send_fails_without_service(online):
    open_socket(online)
    online.cell.coverage = False
    assert online.ask("AT+QISENDEX=0,1,41", 2) == OK + "\r\nSEND FAIL\r\n"


def test_radio_off_closes_sockets(online):
    open_socket(online)
    assert online.ask("AT+CFUN=0") == '\r\n+QIURC: "closed",0\r\n' + OK
    assert online.ask("AT+QISENDEX=0,1,41") == "\r\nERROR\r\n"
