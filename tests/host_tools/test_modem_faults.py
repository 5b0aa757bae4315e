"""Faults of modems, each on every model: what the serial port sees, and that it ends."""

import random
from collections import Counter

import pytest

from host_tools.simulator.modems.bc26 import Bc26, Bc66
from host_tools.simulator.modems.bc95 import Bc28, Bc95G
from host_tools.simulator.modems.faults import Fault, random_fault
from host_tools.simulator.modems.m5311 import M5311
from host_tools.simulator.modems.sim7020 import Sim7020
from tests.host_tools.modem_bench import OK, Port

MODELS = (Bc26, Bc66, Bc95G, Bc28, Sim7020, M5311)
BOOT_TEXT = {Bc26: b"BROM", Bc66: b"BROM", Bc95G: b"Neul", Bc28: b"Neul", Sim7020: b"RDY", M5311: b"*ATREADY"}
RATES = {Bc95G: 9600, Bc28: 9600}
SLEEPLESS = {Bc26: "AT+QSCLK=0", Bc66: "AT+QSCLK=0", M5311: "AT+SM=LOCK_FOREVER"}


@pytest.fixture(params=MODELS)
def port(request):
    """Registered and awake, without echo."""
    model = request.param
    port = Port(model, rate=RATES.get(model, 115200)).boot()
    port.ask("ATE0")
    port.ask(SLEEPLESS.get(model, "AT"))
    port.wait(60)
    port.ask("AT+CMEE=1")
    assert port.cell.registered
    return port


def boots(port, seconds):
    """Whether the module says in that time what it says when it starts."""
    said = port.wait(seconds)
    for _ in range(4):
        said += port.ask("AT", 0.5).encode()
    return BOOT_TEXT[type(port.module)] in said


def changes_registration(port, seconds=100):
    """What is said about a network that goes away and comes back."""
    port.ask("AT+CEREG=1")
    port.cell.coverage = False
    port.cell.coverage = True
    return port.wait(seconds).count(b"+CEREG:")


def test_silent(port):
    port.module.faults.silent(True)
    assert port.ask("AT+CEREG=1") == "" and port.module.settings["+CEREG"] == 1  # it hears
    port.module.faults.silent(False)
    assert port.ask("AT") == OK


def test_half_response(port):
    port.module.faults.half_response()
    whole = f"\r\n{port.module.options.imsi}\r\n" + OK
    assert port.ask("AT+CIMI") == whole[: len(whole) // 2]
    assert port.ask("AT+CIMI") == whole


def test_garbage(port):
    port.module.faults.garbage(100)
    assert len(port.wait(1)) == 100 and port.ask("AT") == OK


def test_reboot(port):
    port.line.from_board(b"AT+CIMI\r")
    port.module.faults.reboot()
    assert boots(port, 5)
    assert port.module.settings["+CMEE"] == 0


def test_reboot_of_a_module_that_is_off(port):
    port.module.pin("power", 0)
    port.module.faults.reboot()
    assert not boots(port, 5)


def test_sim(port):
    port.module.faults.remove_sim()
    assert not port.cell.registered
    port.wait(1)
    assert port.ask("AT+CIMI") == "\r\n+CME ERROR: 10\r\n"
    port.module.faults.insert_sim()
    assert port.ask("AT+CIMI").endswith(OK)
    port.ask("AT+CFUN=0", 4)
    port.ask("AT+CFUN=1", 60)
    assert port.cell.registered


def test_lost_urcs(port):
    told = changes_registration(port)
    port.module.faults.lose_urc(1)
    assert changes_registration(port) == told - 1
    assert changes_registration(port) == told


def test_repeated_urcs(port):
    told = changes_registration(port)
    port.module.faults.repeat_urc(2)
    assert changes_registration(port) == told + 2


def test_late_urcs(port):
    port.module.faults.delay_urc(5000)
    port.ask("AT+CEREG=1")
    port.cell.coverage = False
    assert b"CEREG" not in port.wait(4.9) and b"CEREG" in port.wait(0.2)
    port.module.faults.delay_urc(0)
    port.cell.coverage = True
    port.wait(100)
    port.cell.coverage = False
    assert b"CEREG" in port.wait(0.1)


@pytest.mark.parametrize(("code", "answer"), [(None, "ERROR"), (100, "+CME ERROR: 100")])
def test_error_once(port, code, answer):
    port.module.faults.error_once(code)
    assert port.ask("AT") == f"\r\n{answer}\r\n" and port.ask("AT") == OK


def test_wedge(port):
    port.module.faults.wedge()
    port.module.faults.reboot()
    assert port.ask("AT", 5) == "" and port.press("reset", 1) == b"" and not boots(port, 5)
    assert port.cell.registered  # the network knows nothing of it
    port.module.pin("power", 0)
    port.wait(1)
    assert not port.cell.registered
    port.boot()
    assert port.answers()


def test_wedge_in_mid_command(port):
    port.line.from_board(b"AT\r")
    port.wait(0.01)
    port.module.faults.wedge()
    assert port.wait(10) == b""


def test_brown_out(port):
    port.module.faults.brown_out_on_transmit(2)
    port.cell.coverage = False
    port.cell.coverage = True
    assert boots(port, 100)
    port.wait(100)
    assert port.cell.registered  # at the third attempt


def test_long_response(port):
    port.module.faults.long_response()
    said = port.ask("AT+CIMI", 12)
    assert len(said) > 8192 and said.startswith("\r\n4600") and said.endswith(OK)
    assert len(port.ask("AT+CIMI")) < 100


OPEN = {
    Bc26: ['AT+QIOPEN=1,0,"UDP","203.0.113.10",5683,0,1'],
    Bc95G: ["AT+NSOCR=DGRAM,17,0,1"],
    Sim7020: ["AT+CSOC=1,2,1", 'AT+CSOCON=0,5683,"203.0.113.10"'],
    M5311: ['AT+IPSTART=0,"UDP","203.0.113.10",5683'],
}
LOST = {Bc26: '+QIURC: "closed",0', Bc95G: "+NSOCLI: 1", Sim7020: "+CSOERR: 0,11", M5311: "+IPCLOSE: 0"}


@pytest.mark.parametrize("port", LOST, indirect=True)
def test_lost_sockets(port):
    for text in OPEN[type(port.module)]:
        port.ask(text, 2)
    port.module.faults.lose_sockets()
    assert f"\r\n{LOST[type(port.module)]}\r\n" in port.wait(0.2).decode()
    assert not port.module.sockets.open


def test_end_forgets_what_has_not_come_to_pass(port):
    faults = port.module.faults
    faults.silent(True)
    faults.error_once()
    faults.half_response()
    faults.remove_sim()
    faults.end()
    assert port.ask("AT") == OK and port.ask("AT+CIMI").endswith(OK)


def test_fault_that_lasts_is_undone(port):
    fault = Fault("silent", {"on": True}, Fault("silent", {"on": False}))
    fault.begin(port.module)
    assert port.ask("AT") == ""
    fault.end(port.module)
    assert port.ask("AT") == OK
    Fault("half_response").end(port.module)  # nothing to undo


def test_random_faults_are_all_there_and_repeatable():
    names = Counter(random_fault(random.Random(seed)).name for seed in range(400))
    methods = {name for name in dir(Port(Bc26).module.faults) if not name.startswith("_")}
    asked = {"mute", "wedged", "power_cycle", "check_command", "shape", "pass_urc", "transmitter_on", "end"}
    assert set(names) == methods - asked - {"insert_sim"}
    assert random_fault(random.Random(7)) == random_fault(random.Random(7))


@pytest.mark.parametrize("seed", range(12))
def test_swarm(port, seed):
    """Whatever happens, in whatever order: once it ends, a power cycle brings the module back."""
    rng = random.Random(seed)
    begun: list[Fault] = []
    for _ in range(10):
        begun.append(random_fault(rng))
        begun[-1].begin(port.module)
        port.ask(rng.choice(("AT", "AT+CEREG=5", "AT+CSQ", "AT+CFUN=0", "AT+CFUN=1")), rng.uniform(0, 20))
    for fault in begun:
        fault.end(port.module)
    port.module.faults.end()
    port.module.pin("power", 0)
    port.wait(1)
    port.boot()
    port.ask("ATE0")
    port.ask(SLEEPLESS.get(type(port.module), "AT"))
    port.ask("AT+CFUN=1", 100)
    assert port.answers() and port.cell.registered
