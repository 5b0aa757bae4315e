"""The model of the BC26: sleep, PSM and eDRX, as a curious person at its serial port would see them."""

import pytest

from tests.host_tools.bc26_bench import ASK_PSM, Port, open_socket
from tests.host_tools.modem_bench import OK


@pytest.fixture
def online():
    return Port().register()


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
