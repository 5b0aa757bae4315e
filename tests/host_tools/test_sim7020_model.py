"""The model of the SIM7020 alone, as a curious person at its serial port would see it.

Forms of lines: SIM7020 AT Command Manual V1.05, TCPIP note V1.02, Low Power Mode note V1.03.
"""

import re

import pytest

from host_tools.simulator.modems.dialect import Depth
from host_tools.simulator.modems.sim7020 import Sim7020
from tests.host_tools import modem_bench
from tests.host_tools.modem_bench import OK, SERVER

ASK_PSM = 'AT+CPSMS=1,,,"00100001","00000001"'
HELLO = "68656C6C6F"


class Port(modem_bench.Port):
    def __init__(self, seed=1, cell=None, **module):
        super().__init__(Sim7020, seed, cell=cell, **module)
        self.internet.serve(SERVER, lambda data, _source: [data])

    def register(self):
        self.boot().ask("ATE0", 60)
        self.ask("AT+CMEE=1")
        return self

    def sleep(self):
        """Deep asleep in PSM."""
        self.ask("AT+CPSMSTATUS=1")
        self.ask(ASK_PSM)
        self.wait_for("ENTER PSM")
        self.wait(6)
        return self


@pytest.fixture
def online():
    return Port().register()


def open_socket(port):
    assert port.ask("AT+CSOC=1,2,1") == "\r\n+CSOC: 0\r\n" + OK
    assert port.ask('AT+CSOCON=0,5683,"203.0.113.10"') == OK


# -- power


def test_power_key_starts_it():
    port = Port()
    assert port.press("pwrkey", 0.2) == b"" and port.wait(3) == b"" and not port.module.is_on
    port.press("pwrkey", 0.3)
    assert port.module.is_on


def test_power_key_held_for_a_second_switches_it_off(online):
    assert online.press("pwrkey", 0.9) == b"" and online.answers()
    assert b"\r\nNORMAL POWER DOWN\r\n" in online.press("pwrkey", 1.1)
    online.wait(2)
    assert not online.module.is_on and not online.cell.registered


def test_power_down_by_command(online):
    assert online.ask("AT+CPOWD=1") == "\r\nNORMAL POWER DOWN\r\n"
    online.wait(2)
    assert not online.module.is_on


def test_fixed_rate_needs_no_synchronisation(online):
    assert online.ask("AT+IPR=9600") == OK and online.ask("AT") == ""
    online.line.board_baudrate = 9600
    assert online.ask("AT") == "\r\nERROR\r\n"  # what it had heard at the wrong rate stands before it
    assert online.ask("AT") == OK
    assert online.ask("AT+CRESET") == OK
    said = online.wait(5).decode()
    assert said.index("RDY") < said.index("+CFUN: 1") < said.index("+CPIN: READY") < said.index("SMS Ready")
    assert online.ask("AT+IPR?") == "AT+IPR?\r\r\n+IPR: 9600\r\n" + OK
    assert "+CME ERROR" in online.ask("AT+CMEE=1") + online.ask("AT+IPR=1")


# -- settings


def test_identity(online):
    assert online.ask("AT+CGSN") == "\r\n868123450012345\r\n" + OK
    assert online.ask("AT+CCID") == "\r\n89860411102570012345\r\n" + OK
    assert "\r\n+CCID: 8986" in Port(iccid_header=True).register().ask("AT+CCID")


def test_context_is_set_with_the_radio_off_and_reboots(online):
    assert online.ask('AT*MCGDEFCONT="IP","ctnb"') == "\r\n+CME ERROR: 3\r\n"
    online.ask("AT+CFUN=0", 90)
    assert online.ask('AT*MCGDEFCONT="IP","ctnb"', 0.09) == OK
    online.wait(3)
    said = "".join(online.ask("AT", 0.5) for _ in range(4))
    assert "RDY" in said
    assert '\r\n*MCGDEFCONT: "IP","ctnb"\r\n' in online.ask("AT*MCGDEFCONT?")


def test_registration_has_one_field_more(online):
    online.ask("AT+CEREG=4")
    registered = '+CEREG: 4,1,"69C9","06923252",9,"00",,,"11100000","11100000"'
    assert online.ask("AT+CEREG?") == f"\r\n{registered}\r\n" + OK
    said = online.ask(ASK_PSM, 10)
    assert said.endswith('\r\n+CEREG: 1,"69C9","06923252",9,"00",,,"00000001","00100001"\r\n')


def test_engineering_mode(online):
    assert re.fullmatch(
        r'\r\n\+CENG: 2506,0,62,"06923252",-8\d,-\d+,-7\d,12,5,"69C9",0,90\r\n' + OK, online.ask("AT+CENG?")
    )
    assert online.ask("AT+CGCONTRDP").startswith(
        '\r\n+CGCONTRDP: 1,5,"cmnbiot","10.170.235.216.255.255.255.0"'
    )


# -- sleep


def test_power_saving_must_be_switched_off_before_it_is_asked_anew():
    online = Port(sleep_lock_ms=60_000).register()
    online.ask(ASK_PSM, 10)
    assert online.ask('AT+CPSMS=1,,,"00100010","00000010"', 10) == OK
    assert online.cell.granted.active_s == 2
    online.ask("AT+CPSMS=0", 10)
    online.ask('AT+CPSMS=1,,,"00100010","00000010"', 10)
    assert online.cell.granted.active_s == 4


def test_deep_sleep(online):
    online.sleep()
    assert online.ask("AT", 3) == ""
    assert b'+CPIN: READY\r\n\r\n+CPSMSTATUS: "EXIT PSM"' in online.press("pwrkey", 0.8) + online.wait(2)
    assert online.ask("AT") == OK and online.cell.power_save
    assert online.wait(5.5) == b'\r\n+CPSMSTATUS: "ENTER PSM"\r\n'
    assert online.ask("AT", 3) == ""
    online.press("rtc_eint", 0.1)
    online.wait(2)
    assert online.ask("AT") == OK


def test_light_sleep_ends_with_characters_that_are_lost(online):
    online.ask("AT+CSCLK=2", 35)
    assert online.ask("AT") == "" and online.ask("AT") == OK
    online.ask("AT+CSCLK=0", 35)
    assert online.ask("AT") == OK


def test_deep_sleep_between_long_edrx_cycles(online):
    online.ask('AT+CEDRXS=1,5,"0101"', 40)
    assert online.module.sleep.depth == Depth.AWAKE
    online.ask('AT+CEDRXS=1,5,"1001"', 40)
    assert online.module.sleep.depth == Depth.DEEP


def test_missing_sim_is_told(online):
    online.module.faults.remove_sim()
    assert b"\r\n+CPIN: NOT INSERTED\r\n" in online.wait(0.1)


@pytest.mark.parametrize("retention", [0, 1])
def test_sockets_in_deep_sleep(online, retention):
    open_socket(online)
    online.ask("AT+CNBIOTRAI=2")
    online.ask(f"AT+RETENTION={retention}")
    online.sleep()
    online.press("pwrkey", 0.8)
    online.wait(2)
    assert online.ask("AT+CNBIOTRAI?") == "\r\n+CNBIOTRAI: 0\r\n" + OK
    assert online.ask(f'AT+CSOSEND=0,10,"{HELLO}"').startswith(OK if retention else "\r\nERROR")


# -- sockets


def test_send_and_receive(online):
    open_socket(online)
    assert online.ask(f'AT+CSOSEND=0,10,"{HELLO}"', 15) == OK + f"\r\n+CSONMI: 0,10,{HELLO}\r\n"
    assert f"\r\n+CSONMI: 0,10,{HELLO}\r\n" in online.ask('AT+CSOSEND=0,0,"hello"', 15)
    online.ask("AT+CSORCVFLAG=1")
    assert "\r\n+CSONMI: 0,5,hello\r\n" in online.ask('AT+CSOSEND=0,0,"hello"', 15)
    assert online.ask("AT+CSODSEND=0,5") == "\r\n> "
    online.line.from_board(b"he\rlo")
    assert "\r\nDATA ACCEPT: 5\r\n" in online.wait_for("+CSONMI")


def test_release_assistance_is_for_one_datagram(online):
    open_socket(online)
    online.ask("AT+CNBIOTRAI=2")
    online.ask(f'AT+CSOSEND=0,10,"{HELLO}"')
    assert online.ask("AT+CNBIOTRAI?").endswith("\r\n+CNBIOTRAI: 0\r\n" + OK)


def test_socket_state(online):
    assert online.ask("AT+CSOSTATUS=0") == "\r\n+CSOSTATUS: 0,0\r\n" + OK
    open_socket(online)
    assert online.ask("AT+CSOSTATUS=0") == "\r\n+CSOSTATUS: 0,2\r\n" + OK
    numbers = [online.ask("AT+CSOC=1,2,1").strip()[:8] for _ in range(5)]
    assert numbers == ["+CSOC: 1", "+CSOC: 2", "+CSOC: 3", "+CSOC: 4", "ERROR"]
    assert online.ask("AT+CSOCL=0") == OK and online.ask("AT+CSOSTATUS=0") == "\r\n+CSOSTATUS: 0,0\r\n" + OK


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('AT+CSOCON=3,5683,"203.0.113.10"', "3,-1"),
        ('AT+CSOCON=0,5683,"203.0.113.10"', "0,10"),
        ('AT+CSOCON=0,0,"203.0.113.10"', "0,5"),
        ('AT+CSOSEND=0,9,"68656C6C6"', "0,5"),
        ('AT+CSOSEND=0,8,"68656C6C6F"', "0,5"),
        ('AT+CSOSEND=0,1026,"' + "41" * 513 + '"', "0,5"),
        ('AT+CSOSEND=1,2,"41"', "1,-1"),
        ("AT+CSODSEND=0,513", "0,5"),
    ],
)
def test_socket_errors(online, text, error):
    open_socket(online)
    assert online.ask(text, 0.4) == f"\r\nERROR\r\n\r\n+CSOERR: {error}\r\n"


def test_no_network(online):
    open_socket(online)
    online.cell.coverage = False
    assert "+CSOERR: 0,1\r\n" in online.ask(f'AT+CSOSEND=0,10,"{HELLO}"')
    assert "\r\n+CSOERR: 0,11\r\n" in online.ask("AT+CFUN=0", 90)
    assert online.ask("AT+CSOCL=0") == OK
