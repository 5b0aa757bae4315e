"""The model of the BC66, where it is not as the BC26."""

from host_tools.simulator.modems.bc26 import Bc66
from tests.host_tools.bc26_bench import ASK_PSM, Port, open_socket
from tests.host_tools.modem_bench import OK


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
