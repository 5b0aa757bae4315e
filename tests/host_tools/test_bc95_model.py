"""The model of the BC95-G alone, as a curious person at its serial port would see it.

Forms of lines: Quectel BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0.
"""

import re

import pytest

from host_tools.simulator.modems.bc95 import Bc28
from host_tools.simulator.modems.dialect import Depth
from tests.host_tools.bc95_bench import Port, open_socket, send
from tests.host_tools.modem_bench import OK


@pytest.fixture
def port():
    port = Port().boot()
    port.ask("ATE0")
    return port


@pytest.fixture
def online():
    return Port().register()


# -- power, boot, rate


def test_starts_with_its_supply():
    port = Port()
    assert port.wait(3.8) == b""
    assert port.wait(0.5) == b"\r\nREBOOT_CAUSE_SECURITY_PMU_POWER_ON_RESET\r\nNeul \r\nOK\r\n"
    assert port.ask("AT") == "AT\r" + OK


def test_firmware_that_does_not_tell_the_usual_causes():
    port = Port(tells_power_on=False)
    assert port.wait(5) == b"\r\nNeul \r\nOK\r\n"
    assert b"REBOOT_CAUSE_APPLICATION_AT" in port.ask("AT+NRB", 6).encode()


def test_power_switch():
    port = Port(powered=False)
    assert port.wait(10) == b""
    port.module.pin("power", 1)
    assert b"Neul" in port.wait(5)
    port.module.pin("power", 0)
    assert port.ask("AT", 5) == ""


def test_reset_pin(port):
    assert port.press("reset", 0.09) == b"" and port.wait(5) == b""
    assert b"SECURITY_RESET_PIN" in port.press("reset", 0.2) + port.wait(5)


def test_another_rate_is_not_understood(port):
    port.line.board_baudrate = 115200
    assert port.ask("AT", 2) == ""


def test_rate_holds_if_the_host_follows(port):
    assert port.ask("AT+NATSPEED=57600,3,1,2,1", 0.2) == OK
    port.line.board_baudrate = 57600
    assert port.ask("AT", 5) == OK and port.ask("AT") == OK
    port.ask("AT+NRB", 5)
    assert port.ask("AT") == "AT\r" + OK  # stored


def test_rate_goes_back_if_the_host_does_not_follow(port):
    assert "+NATSPEED:DISABLE_DEEP_SLEEP" in port.ask("AT+NATSPEED=115200,3,0,2,1", 3.5)
    assert port.ask("AT") == OK
    assert "ERROR" in port.ask("AT+NATSPEED=1200")


# -- settings


def test_errors_have_two_levels(port):
    assert port.ask("AT+NOSUCH") == "\r\nERROR\r\n"
    assert port.ask("AT+CMEE=2") == "\r\nERROR\r\n"
    port.ask("AT+CMEE=1")
    assert port.ask("AT+CEREG=6") == "\r\n+CME ERROR: 50\r\n"


def test_firmware_without_space_in_errors():
    port = Port(error_colon=":").boot()
    port.ask("ATE0")
    port.ask("AT+CMEE=1")
    assert port.ask("AT+NOSUCH") == "\r\n+CME ERROR:4\r\n"


def test_identity(port):
    assert port.ask("AT+CGSN=1") == "\r\n+CGSN:868123450012345\r\n" + OK
    assert port.ask("AT+CIMI") == "\r\n460001234567890\r\n" + OK
    assert port.ask("AT+NCCID?") == "\r\n+NCCID:89860411102570012345\r\n" + OK
    assert "PROTOCOL,V100" in port.ask("AT+CGMR") and "BC95-G" in port.ask("ATI")
    bc28 = Port(model=Bc28).boot()
    assert "BC28" in bc28.ask("AT+CGMM")


def test_sim_that_is_not_ready_or_not_there():
    port = Port(sim_busy_ms=10_000).boot()
    port.ask("AT+CMEE=1")
    assert port.ask("AT+CIMI").endswith("\r\n+CME ERROR: 14\r\n")
    port.wait(10)
    assert "46000" in port.ask("AT+CIMI")
    assert "ERROR" in Port(sim=False).boot().ask("AT+NCCID?")


def test_configuration_holds_after_a_reboot(port):
    assert "+NCONFIG:AUTOCONNECT,TRUE" in port.ask("AT+NCONFIG?", 1)
    assert port.ask("AT+CFUN?") == "\r\n+CFUN:1\r\n" + OK
    assert port.ask("AT+NCONFIG=AUTOCONNECT,MAYBE") == port.ask("AT+NCONFIG=NOSUCH,TRUE") == "\r\nERROR\r\n"
    assert port.ask("AT+NCONFIG=AUTOCONNECT,FALSE") == OK
    port.wait(60)
    assert port.cell.registered
    port.ask("AT+NRB", 60)
    assert port.ask("ATE0") and port.ask("AT+CFUN?") == "\r\n+CFUN:0\r\n" + OK and not port.cell.registered


def test_bands_only_with_the_radio_off(online):
    assert online.ask("AT+NBAND=5") == "\r\n+CME ERROR: 3\r\n"
    online.ask("AT+CFUN=0", 4)
    assert online.ask("AT+NBAND=5,8") == OK
    assert online.ask("AT+NBAND?") == "\r\n+NBAND:5,8\r\n" + OK
    assert online.ask("AT+NBAND=7") == "\r\n+CME ERROR: 50\r\n"
    assert online.ask("AT+NBAND=?") == "\r\n+NBAND:(1,3,5,8,20,28)\r\n" + OK


# -- network


def test_attach_needs_the_radio(online):
    online.ask("AT+CFUN=0", 4)
    assert online.ask("AT+CGATT=1") == "\r\n+CME ERROR: 524\r\n"
    assert online.ask("AT+CGATT?") == "\r\n+CGATT:0\r\n" + OK
    assert online.ask("AT+CGPADDR") == "\r\n+CGPADDR:0\r\n" + OK
    assert online.ask("AT+CFUN=1", 0.4) == "" and online.wait(4).decode() == OK


def test_firmware_that_refuses_attach_while_it_connects_by_itself():
    port = Port(refuses_attach=True).boot()
    port.ask("AT+CMEE=1")
    assert port.ask("AT+CGATT=1").endswith("+CME ERROR: 51\r\n")
    assert Port(refuses_attach=True).register().cell.registered  # AUTOCONNECT is off


@pytest.mark.parametrize(
    ("level", "registered", "off"),
    [
        (1, "1,1", "1,0"),
        (2, "2,1,69C9,06923252,9", "2,0,0000,00000000,9"),
        (3, "3,1,69C9,06923252,9,,", "3,0,0000,00000000,9,,"),
        (5, "5,1,69C9,06923252,9,,,,", "5,0,0000,00000000,9,,,,"),
    ],
)
def test_registration(online, level, registered, off):
    online.ask(f"AT+CEREG={level}")
    assert online.ask("AT+CEREG?") == f"\r\n+CEREG:{registered}\r\n" + OK
    said = online.ask("AT+CFUN=0", 4)
    assert f"\r\n+CEREG:{off[2:]}\r\n" in said
    assert online.ask("AT+CEREG?") == f"\r\n+CEREG:{off}\r\n" + OK


def test_denied():
    port = Port(cell={"reject_cause": 15}).register()
    for level, answer in ((3, "3,3,69C9,06923252,9,0,15"), (5, "5,3,69C9,06923252,9,0,15,,")):
        port.ask(f"AT+CEREG={level}")
        assert port.ask("AT+CEREG?") == f"\r\n+CEREG:{answer}\r\n" + OK


def test_network_questions(online):
    assert online.ask("AT+COPS?") == '\r\n+COPS:0,2,"46000"\r\n' + OK
    assert online.ask("AT+CGPADDR=0") == "\r\n+CGPADDR:0,10.170.235.216\r\n" + OK
    assert re.fullmatch(r"\r\n\+CCLK:26/01/01,08:0\d:\d\d\+32\r\n" + OK, online.ask("AT+CCLK?"))
    assert re.fullmatch(r"\r\n\+CSQ:\d\d,99\r\n" + OK, online.ask("AT+CSQ"))


def test_clock_before_the_network_told_the_time(port):
    assert port.ask("AT+CCLK?") == "\r\n+CCLK:\r\n" + OK


def test_statistics(online):
    open_socket(online)
    send(online)
    lines = dict(re.findall(r"\r\n([^:\r\n]+):(-?\d+)\r\n", online.ask("AT+NUESTATS", 1)))
    assert list(lines)[:5] == ["Signal power", "Total power", "TX power", "TX time", "RX time"]
    assert -860 <= int(lines["Signal power"]) <= -820 and lines["SNR"] == "120" and lines["ECL"] == "0"
    assert int(lines["Cell ID"]) == 0x06923252 and lines["CURRENT BAND"] == "5"
    assert 0 < int(lines["TX time"]) < int(lines["RX time"])
    assert "NUESTATS:RADIO,Signal power:-8" in online.ask("AT+NUESTATS=RADIO", 1)
    assert re.match(r"\r\nNUESTATS:CELL,2506,62,1,-8\d0,-\d+,-\d+,120\r\n", online.ask("AT+NUESTATS=CELL"))
    assert online.ask("AT+NUESTATS=BLER") == "\r\n+CME ERROR: 4\r\n"


def test_statistics_without_network(port):
    port.ask("AT+CFUN=0")
    said = port.ask("AT+NUESTATS", 1)
    assert "Signal power:-32768" in said and "ECL:255" in said and "Cell ID:0\r" in said


def test_address_is_told():
    port = Port().register()
    port.ask("AT+NIPINFO=1")
    port.ask("AT+CFUN=0", 4)
    port.ask("AT+CFUN=1", 4)
    port.ask("AT+CGATT=1")
    port.wait_for("+NIPINFO:0,IP,10.170.235.216")


# -- power saving


def test_psm_modes(online):
    assert online.ask("AT+NPSMR?") == "\r\n+NPSMR:0\r\n" + OK
    online.ask("AT+NPSMR=1")
    online.ask('AT+CPSMS=1,,,"00100001","00000001"')
    online.wait_for("+NPSMR:1")
    assert online.ask("AT+CPSMS?") == "\r\n+CPSMS:1,,,00100001,00000001\r\n" + OK
    assert online.ask("AT+NPSMR?") == "\r\n+NPSMR:1,1\r\n" + OK
    assert "ECL:255" in online.ask("AT+NUESTATS", 1)


def test_defaults_of_psm(online):
    online.ask("AT+CPSMS=1", 20)
    granted = online.cell.granted
    assert (granted.active_s, granted.periodic_s) == (10, 36_000)


def test_characters_wake_it_late():
    port = Port(wake_ms=(700, 700)).register()
    port.ask("AT+CPSMS=1,,,00100001,00000001", 60)
    assert port.ask("AT", 0.7) == "" and port.wait(0.1).decode() == OK
    assert port.ask("AT") == OK and port.cell.power_save  # its radio sleeps on


def test_no_sleep_at_a_fast_rate(online):
    online.ask("AT+NATSPEED=115200,3,0,2,1")
    online.line.board_baudrate = 115200
    online.ask("AT+CPSMS=1,,,00100001,00000001", 60)
    assert online.cell.power_save and online.module.sleep.depth == Depth.AWAKE


def test_first_characters_may_be_lost():
    port = Port(lost_at_wake=1).register()
    port.ask("AT+CPSMS=1,,,00100001,00000001", 60)
    assert port.ask("AT", 2) == "\r\nERROR\r\n" and port.ask("AT") == OK


@pytest.mark.parametrize("survive", [True, False])
def test_sockets_in_psm(survive):
    port = Port(sockets_survive_psm=survive).register()
    open_socket(port)
    port.ask("AT+CPSMS=1,,,00100001,00000001", 60)
    assert port.ask("AT+NSOSTATUS=0", 2) == f"\r\n+NSOSTATUS:0,{int(not survive)}\r\n" + OK
