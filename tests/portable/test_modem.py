"""The modem driver on a scripted UART, so that it is exercised by MicroPython's asyncio as well."""

import asyncio

from drivers.modem.bc26 import BC26
from drivers.modem.bc66 import BC66
from drivers.modem.bc95g import BC95G
from drivers.modem.m5311 import M5311
from drivers.modem.modem import Modem
from drivers.modem.power_contract import PowerContract
from drivers.modem.sim7020 import SIM7020
from drivers.modem.udp import RAI_ONE_DOWNLINK
from protocols.at import command
from protocols.errors import EncodeError, LinkTimeout, ModemError
from tests.portable.check import raises, run

# What the module says to each command; None: nothing.  Unknown commands get OK.
OPEN = 'AT+QIOPEN=1,0,"UDP","192.0.2.1",5683,0,1'
ANSWERS = {
    "AT+CPIN?": "\r\n+CPIN: READY\r\n\r\nOK\r\n",
    "AT+QCGDEFCONT?": '\r\n+QCGDEFCONT: "IP","cmnbiot"\r\n\r\nOK\r\n',
    "AT+CGSN=1": "\r\n+CGSN: 868123450012345\r\n\r\nOK\r\n",
    "AT+CIMI": "\r\n460001234567890\r\n\r\nOK\r\n",
    "AT+QCCID": "\r\n+QCCID: 89860411102570012345\r\n\r\nOK\r\n",
    "AT+CEREG?": '\r\n+CEREG: 5,2\r\n\r\nOK\r\n\r\n+CEREG: 5,"69C9","06923252",9\r\n',
    "AT+CCLK?": '\r\n+CCLK: "26/01/01,08:00:00+32"\r\n\r\nOK\r\n',
    "AT+QENG=0": '\r\n+QENG: 0,2506,2,62,"6923252",-84,-10,-74,2,5,"69C9",0,90\r\n\r\nOK\r\n',
    OPEN: "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n",
    "AT+QISENDEX=0,2,4142": '\r\nOK\r\n\r\nSEND OK\r\n\r\n+QIURC: "recv",0,3,"00FF41"\r\n',
    "AT+QISENDEX=0,1,43": "\r\nOK\r\n\r\nSEND FAIL\r\n",
    "AT+QICLOSE=0": "\r\nOK\r\n\r\nCLOSE OK\r\n",
}


class ScriptedUart:
    """Answers at once, in pieces of five bytes; `said` is what was written to it."""

    def __init__(self, answers):
        self.said = []
        self.kept = []  # datagrams in hex, for modules that keep them
        self.answers = answers
        self._unread = b""
        self._arrived = asyncio.Event()

    def write(self, data):
        text = "".join([chr(byte) for byte in data]).strip()
        self.said.append(text)
        if text.startswith("AT+NSORF=") and self.kept:
            data = self.kept.pop(0)
            self.speak("\r\n3,192.0.2.1,5683,%d,%s,0\r\n" % (len(data) // 2, data))
        self.speak(self.answers.get(text, "\r\nOK\r\n"))

    def speak(self, text):
        if text:
            self._unread += text.encode()
            self._arrived.set()

    async def read_some(self):
        while not self._unread:
            self._arrived.clear()
            await self._arrived.wait()
        data, self._unread = self._unread[:5], self._unread[5:]
        return data


def play(scenario, changes=(), profile=BC26, contract=None, **settings):
    """Run `scenario(uart, modem)` beside the modem's reader; `changes` to the answers, pairs."""
    answers = dict(ANSWERS)
    answers.update(dict(changes))
    uart = ScriptedUart(answers)
    modem = Modem(uart, profile(**settings), {}, "cmnbiot", contract=contract)
    modem.events = []
    modem.on_event = lambda name, text: modem.events.append((name, text))

    async def main():
        reader = asyncio.create_task(modem.reader())
        try:
            return await scenario(uart, modem)
        finally:
            reader.cancel()

    return run(main())


async def failure(awaitable):
    try:
        await awaitable
    except (ModemError, LinkTimeout, EncodeError) as error:
        return error


def test_start():
    async def scenario(uart, modem):
        await modem.start()
        assert modem.registered and not modem.restarted.is_set()
        assert modem.identity["imei"] == "868123450012345"
        assert modem.identity["imsi"] == "460001234567890"
        assert modem.identity["iccid"] == "89860411102570012345"
        assert await modem.network_time() == 189388800
        assert await modem.signal() == {
            "rsrp_dbm": -84,
            "rsrq_db": -10,
            "snr_db": 2,
            "ecl": 0,
            "cell_id": 0x6923252,
        }
        assert uart.said[:3] == ["AT", "AT+QCGDEFCONT?", "ATE0"]

    play(scenario)


def test_datagrams():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        await socket.send(b"AB", RAI_ONE_DOWNLINK)
        assert uart.said[-2:] == ["AT+QNBIOTRAI=2", "AT+QISENDEX=0,2,4142"]
        assert await socket.receive(1000) == b"\x00\xffA"
        assert await socket.receive(1) is None
        assert "SEND FAIL" in str(await failure(socket.send(b"C")))
        assert isinstance(await failure(socket.send(bytes(513))), EncodeError)
        await socket.close()
        assert uart.said[-1] == "AT+QICLOSE=0"
        assert isinstance(await failure(socket.send(b"AB")), ModemError)

    play(scenario)


def test_malformed_urcs_are_counted():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        for text in (
            '"recv",0',
            '"recv",0,2,"41"',
            '"recv",0,1,"4"',
            '"recv",0,1,"4x"',
            '"recv",0,"buff full"',
        ):
            uart.speak("\r\n+QIURC: " + text + "\r\n")
        uart.speak("\r\n+CEREG: 1,zz,1,9\r\n")
        uart.speak('\r\n+QIURC: "recv",4,1,"41"\r\n\r\n+QIURC: "recv",0,1,41\r\n')
        assert await socket.receive(1000) == b"A"
        assert modem.garbled == 5  # the first is no datagram announcement at all

    play(scenario)


def test_restart_is_noticed():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        uart.speak("\r\n+CFUN: 1\r\n")
        assert "restarted" in str(await failure(socket.receive(1000)))
        assert modem.restarted.is_set() and not modem.registered
        await modem.start()
        assert modem.registered and not modem.restarted.is_set()

    play(scenario)


def test_command_in_flight_fails_with_the_module():
    async def scenario(uart, modem):
        await modem.start()
        assert "restarted" in str(await failure(modem.run((command("AT+COPS=0"),))))

    play(scenario, [("AT+COPS=0", "\r\nLeaving the BROM\r\n")])


def test_silence():
    async def scenario(_uart, modem):
        error = await failure(modem.start())
        assert isinstance(error, LinkTimeout) and "does not answer AT" in str(error)

    play(scenario, [("AT", None)], sync=command("AT", timeout_ms=1))


def test_network_not_found():
    async def scenario(_uart, modem):
        error = await failure(modem.start())
        assert isinstance(error, LinkTimeout) and "+CEREG: 2" in str(error)

    play(scenario, [("AT+CEREG?", "\r\n+CEREG: 5,2\r\n\r\nOK\r\n")], registration_timeout_ms=5)


def test_sim_that_wants_a_pin():
    async def scenario(_uart, modem):
        assert "the SIM is not ready: SIM PIN" in str(await failure(modem.start()))

    play(scenario, [("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n")])


def test_another_address_is_told_and_sockets_are_opened_anew():
    async def scenario(uart, modem):
        await modem.start()
        uart.speak("\r\n+IP: 10.0.0.1\r\n")
        socket = await modem.open_udp("192.0.2.1", 5683)
        opened = len(uart.said)
        await socket.send(b"AB")
        assert not [text for text in uart.said[opened:] if text.startswith("AT+QIOPEN")]
        uart.speak("\r\n+IP: 10.0.0.1\r\n\r\n+IP: 10.0.0.2\r\n")
        while not modem.events:
            await asyncio.sleep(0)
        assert modem.events == [("address", "10.0.0.2")]
        await socket.send(b"AB")
        assert uart.said[-3:] == ["AT+QICLOSE=0", OPEN, "AT+QISENDEX=0,2,4142"]

    play(scenario)


# -- power saving


def test_nothing_asked():
    async def scenario(uart, modem):
        await modem.start()
        assert "AT+CPSMS=0" in uart.said and "AT+CEDRXS=0,5" in uart.said
        assert not modem.events

    play(scenario)


GRANTED = '\r\n+CEREG: 5,1,"69C9","06923252",9,,,"00000001","00100001"\r\n\r\nOK\r\n'


def test_granted_as_asked():
    contract = PowerContract((2, 21600), 81)

    async def scenario(uart, modem):
        await modem.start()
        assert 'AT+CPSMS=1,,,"00100110","00000001"' in uart.said and 'AT+CEDRXS=1,5,"0101"' in uart.said
        assert contract.granted == (2, 21600, 81920, 10240) and not modem.events

    answers = [
        ("AT+CEREG?", GRANTED.replace("00100001", "00100110")),
        ("AT+CEDRXRDP", '\r\n+CEDRXRDP: 5,"0101","0101","0011"\r\n\r\nOK\r\n'),
    ]
    play(scenario, answers, contract=contract)


def test_granted_otherwise():
    contract = PowerContract((2, 21600), 81)

    async def scenario(uart, modem):
        await modem.start()
        assert contract.granted == (2, 3600, None, None)
        assert modem.events == [
            ("granted", "T3324, T3412 in s: granted (2, 3600), asked (2, 21600)"),
            ("granted", "eDRX in ms: granted None, asked 81920"),
        ]
        uart.speak('\r\n+CEREG: 1,"69C9","06923252",9,,,"11100000","11100000"\r\n')
        while len(modem.events) < 3:
            await asyncio.sleep(0)
        assert contract.granted[:2] == (None, None)

    answers = [("AT+CEREG?", GRANTED), ("AT+CEDRXRDP", "\r\n+CEDRXRDP: 0\r\n\r\nOK\r\n")]
    play(scenario, answers, contract=contract)


def test_sleep_and_wake():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        await modem.sleep()
        assert uart.said[-2:] == ["AT+QSCLK=1", "AT+QRELLOCK"]
        await socket.send(b"AB")
        assert uart.said[-3:] == ["AT", "AT+QSCLK=0", "AT+QISENDEX=0,2,4142"]

    play(scenario)


def test_firmware_that_refuses_what_is_not_vital():
    async def scenario(uart, modem):
        await modem.start()
        assert 'AT+QCGDEFCONT="IP","cmnbiot"' in uart.said  # it cannot say what it has
        assert modem.events[0] == ("granted", 'AT+CEDRXS=1,5,"0010": +CME ERROR: 4')
        assert modem.contract.granted.edrx_ms is None

    refused = "\r\n+CME ERROR: 4\r\n"
    answers = [
        ("AT+QCGDEFCONT?", refused),
        ('AT+CEDRXS=1,5,"0010"', refused),
        ("AT+CEDRXRDP", "\r\nERROR\r\n"),
    ]
    play(scenario, answers, contract=PowerContract(None, 20))


def test_registration_whose_urc_is_lost():
    async def scenario(uart, modem):
        start = asyncio.create_task(modem.start())
        while "AT+CEREG?" not in uart.said:
            await asyncio.sleep(0)
        uart.answers["AT+CEREG?"] = GRANTED
        await start
        assert modem.registered and uart.said.count("AT+CEREG?") == 2

    play(scenario, [("AT+CEREG?", "\r\n+CEREG: 5,2\r\n\r\nOK\r\n")], ask_again_ms=5)


# -- other dialects


HI2115 = [
    ("AT+NCONFIG?", "\r\n+NCONFIG:AUTOCONNECT,FALSE\r\n+NCONFIG:RAI,TRUE\r\n\r\nOK\r\n"),
    ("AT+CGDCONT?", '\r\n+CGDCONT:0,"IP","cmnbiot"\r\n\r\nOK\r\n'),
    ("AT+NCCID?", "\r\n+NCCID:89860411102570012345\r\n\r\nOK\r\n"),
    ("AT+CEREG?", "\r\n+CEREG:5,1,5A1E,07D1C3A9,9,,,00000001,00100001\r\n\r\nOK\r\n"),
    ("AT+NUESTATS", "\r\nSignal power:-842\r\nTX power:-15\r\nECL:1\r\nSNR:-35\r\nRSRQ:-108\r\n\r\nOK\r\n"),
    ("AT+NSOCR=DGRAM,17,0,1", "\r\n3\r\n\r\nOK\r\n"),
    ("AT+NSOSTF=3,192.0.2.1,5683,0x400,2,4142,1", "\r\n3,2\r\n\r\nOK\r\n\r\n+NSOSTR:3,1,0\r\n"),
]


def test_datagrams_that_are_kept_until_they_are_read():
    async def scenario(uart, modem):
        await modem.start()
        assert modem.identity["iccid"] == "89860411102570012345"
        signal = await modem.signal()
        assert signal == {"rsrp_dbm": -84, "rsrq_db": -11, "snr_db": -3, "ecl": 1, "cell_id": 0x7D1C3A9}
        socket = await modem.open_udp("192.0.2.1", 5683)
        await socket.send(b"AB", RAI_ONE_DOWNLINK)
        assert await socket.receive(1) is None and modem.unsent == 1
        uart.kept = ["00FF", "41"]
        uart.speak("\r\n+NSONMI:3,2\r\n")
        assert await socket.receive(1000) == b"\x00\xff"
        assert await socket.receive(1000) == b"A"
        uart.kept = ["42"]  # and the announcement is lost
        assert await socket.receive(1) == b"B"

    play(scenario, HI2115, BC95G)


def test_datagrams_as_they_are():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        await socket.send(b"\x00>\n")
        assert uart.said[-2:] == ["AT+QISEND=0,3", "\x00>"]
        uart.speak('\r\n+QIURC: "recv",0,4\r\n\r\nOK\r\n')
        assert await socket.receive(1000) == b"\r\nOK"

    answers = [("AT+QISEND=0,3", "\r\n> "), ("\x00>", "\r\nOK\r\n\r\nSEND OK\r\n")]
    play(scenario, answers, BC66)


def test_lengths_in_hex_digits():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        await socket.send(b"AB", RAI_ONE_DOWNLINK)
        assert uart.said[-2:] == ["AT+CNBIOTRAI=2", 'AT+CSOSEND=1,4,"4142"']
        uart.speak("\r\n+CSONMI: 1,6,00FF41\r\n\r\n+CSOERR: 1,1\r\n")
        assert await socket.receive(1000) == b"\x00\xffA"
        uart.speak("\r\n+CSOERR: 1,11\r\n")
        assert "closed" in str(await failure(socket.receive(1000)))

    answers = [
        ("AT*MCGDEFCONT?", '\r\n*MCGDEFCONT: "IP","cmnbiot"\r\n\r\nOK\r\n'),
        ("AT+CGSN", "\r\n868123450012345\r\n\r\nOK\r\n"),
        ("AT+CCID", "\r\n89860411102570012345\r\n\r\nOK\r\n"),
        ("AT+CEREG?", "\r\n+CEREG: 4,100\r\n\r\nOK\r\n"),
        ("AT+CGATT=1", '\r\nOK\r\n\r\n+CEREG: 1,"5B57","01A50B1A",9,"00",,,"11100000","11100000"\r\n'),
        ("AT+CSOC=1,2,1", "\r\n+CSOC: 1\r\n\r\nOK\r\n"),
    ]
    play(scenario, answers, SIM7020)


def test_m5311():
    async def scenario(uart, modem):
        await modem.start()
        socket = await modem.open_udp("192.0.2.1", 5683)
        await socket.send(b"AB")
        uart.speak('\r\n+IPRD: 0,"192.0.2.1",5683,1,41\r\n')
        assert await socket.receive(1000) == b"A"

    answers = [
        ("AT*CGDEFCONT?", '\r\n*CGDEFCONT: "IP","cmnbiot"\r\n\r\nOK\r\n'),
        ("AT+CGSN", "\r\n868123450012345\r\n\r\nOK\r\n"),
        ("AT+ICCID", "\r\n+ICCID: 89860411102570012345\r\n\r\nOK\r\n"),
        ('AT+IPSEND=0,2,"4142"', "\r\n+IPSEND: 0,2\r\n\r\nOK\r\n"),
    ]
    play(scenario, answers, M5311)


def test_unknown_setting():
    assert "no such modem setting" in str(raises(TypeError, BC26, colour=1))
