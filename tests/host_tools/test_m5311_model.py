"""The model of the M5311 alone, as a curious person at its serial port would see it.

Forms of lines: M5311 AT Command Interface Specification V2.4.
"""

import re

import pytest

from host_tools.simulator.modems.dialect import Depth
from host_tools.simulator.modems.m5311 import M5311
from tests.host_tools import modem_bench
from tests.host_tools.modem_bench import OK, SERVER

ASK_PSM = 'AT+CPSMS=1,,,"00100001","00000001"'
HELLO = "68656C6C6F"


class Port(modem_bench.Port):
    def __init__(self, seed=1, cell=None, **module):
        super().__init__(M5311, seed, cell=cell, **module)
        self.internet.serve(SERVER, lambda data, _source: [data])

    def register(self):
        self.boot().ask("ATE0", 60)
        self.ask("AT+CMEE=1")
        return self


@pytest.fixture
def online():
    return Port().register()


def open_socket(port):
    assert port.ask('AT+IPSTART=0,"UDP","203.0.113.10",5683') == OK


def send(port, seconds=15):
    return port.ask(f'AT+IPSEND=0,5,"{HELLO}"', seconds)


def test_start():
    port = Port(baudrate=115200)
    said = port.press("pwrkey", 0.6) + port.wait(3)
    assert said == b"\r\n*ATREADY: 1\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n"


def test_identity(online):
    assert online.ask("AT+GSN") == online.ask("AT+CGSN") == "\r\n868123450012345\r\n" + OK
    assert online.ask("AT+ICCID") == "\r\n+ICCID: 89860411102570012345\r\n" + OK
    assert online.ask('AT*CGDEFCONT="IP","ctnb"') == OK
    assert online.ask("AT*CGDEFCONT?") == '\r\n*CGDEFCONT: "IP","ctnb"\r\n' + OK


@pytest.mark.parametrize(("tenths", "rsrp"), [(True, r"-8\d0"), (False, r"-8\d")])
def test_levels(tenths, rsrp):
    said = Port(levels_in_tenths=tenths).register().ask("AT*ENGINFO=0")
    assert re.match(rf'\r\n\*ENGINFOSC: 2506,0,62,"6923252",{rsrp},', said)


def test_reboot_and_power_off(online):
    assert online.ask("AT+CMRB") == OK + "\r\nREBOOTING..\r\n"
    online.wait(3)
    assert online.answers() is False and "".join(online.ask("AT", 0.5) for _ in range(3)).count("*ATREADY: 1")
    assert "\r\nPOWER OFF\r\n" in online.ask("AT+CPOF", 2) and not online.module.is_on


@pytest.mark.parametrize("lock", ["LOCK", "LOCK_FOREVER", "UNLOCK"])
def test_sleep_lock(online, lock):
    assert online.ask("AT+SM=" + lock) == OK
    online.ask("AT*SLEEP=1")
    online.ask(ASK_PSM, 60)
    assert (online.ask("AT", 1) == OK) == (lock != "UNLOCK")
    online.press("wakeup_in", 5)
    online.ask("AT+CMRB", 4)
    for _ in range(4):
        online.ask("AT", 0.5)
    online.wait(60)
    assert online.answers() == (lock == "LOCK_FOREVER")
    assert online.module.nvram["+SM"] == ("UNLOCK" if lock == "LOCK" else lock)


def test_lock_that_is_lifted(online):
    online.ask("AT+SM=LOCK")
    online.ask("AT+SM=UNLOCK")
    online.ask(ASK_PSM, 60)
    assert online.ask("AT", 2) == ""


def test_registration_after_deep_sleep():
    port = Port(recalls_network_ms=(1000, 1000)).register()
    port.ask(ASK_PSM, 60)
    port.press("wakeup_in", 2.0)
    assert port.ask("AT+CEREG?", 0.1) == "\r\n+CEREG: 0,2\r\n" + OK


def test_no_sim():
    assert "+CME ERROR: 10" in Port(sim=False).register().ask("AT+ICCID")


def test_light_sleep_loses_nothing(online):
    online.wait(30)
    assert online.module.sleep.depth == Depth.LIGHT and online.ask("AT") == OK


def test_deep_sleep(online):
    online.ask("AT*SLEEP=1;*MATWAKEUP=1;*WAKETIME=20")
    online.ask(ASK_PSM, 5)
    assert "\r\n*GOTOSLEEP\r\n" in online.wait_for("*GOTOSLEEP")
    assert online.ask("AT", 5) == ""
    assert b"\r\n*MATWAKEUP\r\n" in online.press("wakeup_in", 0.1) + online.wait(2)
    online.wait(19)
    assert online.ask("AT") == OK
    assert online.ask("AT*ENTERSLEEP") == OK + "\r\n*GOTOSLEEP\r\n"
    assert online.ask("AT+SM=NOSUCH") == ""


@pytest.mark.parametrize("survive", [True, False])
def test_sockets_in_deep_sleep(survive):
    port = Port(sockets_survive_sleep=survive).register()
    open_socket(port)
    port.ask("AT*NBIOTRAI=2")
    port.ask(ASK_PSM, 60)
    port.press("wakeup_in", 2.1)
    assert port.ask("AT*NBIOTRAI?") == "\r\n*NBIOTRAI: 0\r\n" + OK
    assert ("+IPSEND: 0,5" in send(port, 1)) == survive


def test_receive_at_once(online):
    open_socket(online)
    assert send(online) == "\r\n+IPSEND: 0,5\r\n" + OK + "\r\n+IPRD: 0,5,hello\r\n"
    online.ask("AT+IPRCFG=1,2,1")
    assert online.ask("AT+IPRCFG?") == "\r\n+IPRCFG: 1,2,1\r\n" + OK
    assert f'\r\n+IPRD: 0,"203.0.113.10",5683,5,{HELLO}\r\n' in online.ask('AT+IPSEND=0,0,"hello"', 15)


def test_receive_on_demand(online):
    online.ask("AT+IPRCFG=0,0,1")
    open_socket(online)
    assert "\r\n+IPNMI: 0,5\r\n" in send(online)
    assert online.ask("AT+IPRD=0,3") == "\r\n+IPRD: 0,3,68656C\r\n" + OK
    assert online.ask("AT+IPRD=0,512") == "\r\n+IPRD: 0,2,6C6F\r\n" + OK
    assert online.ask("AT+IPRD=0,512") == OK
    for _ in range(9):
        said = send(online)
    assert "+IPNMI" not in said  # the buffer is full


def test_socket_state(online):
    open_socket(online)
    assert online.ask("AT+IPSTATUS") == '\r\n+IPSTATUS: 0,"UDP","203.0.113.10",5683,"CONNECTED"\r\n' + OK
    assert online.ask("AT+IPCLOSE=0") == OK and online.ask("AT+IPSTATUS") == OK
    open_socket(online)
    assert "\r\n+IPCLOSE: 0\r\n" in online.ask("AT+CFUN=0", 90)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('AT+IPSTART=0,"UDP","203.0.113.10",5683', 3),
        ('AT+IPSTART=6,"UDP","203.0.113.10",5683', 50),
        ('AT+IPSTART=1,"TCP","203.0.113.10",5683', 4),
        ('AT+IPSEND=1,1,"41"', 3),
        ('AT+IPSEND=0,2,"41"', 50),
        ('AT+IPSEND=0,1,"4"', 50),
        ('AT+IPSEND=0,513,"' + "41" * 513 + '"', 50),
        ("AT+IPRCFG=1,1,1", 50),
        ("AT+IPCLOSE=3", 3),
    ],
)
def test_socket_errors(online, text, code):
    open_socket(online)
    assert online.ask(text, 0.4) == f"\r\n+CME ERROR: {code}\r\n"


def test_no_network(online):
    open_socket(online)
    online.cell.coverage = False
    assert send(online, 1) == "\r\n+CME ERROR: 3\r\n"
