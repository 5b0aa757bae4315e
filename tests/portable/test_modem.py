"""The modem driver on a scripted UART, so that it is exercised by MicroPython's asyncio as well."""

import asyncio

from drivers.modem.bc26 import BC26
from drivers.modem.modem import Modem
from drivers.modem.udp import RAI_ONE_DOWNLINK
from protocols.at import command
from protocols.errors import EncodeError, LinkTimeout, ModemError
from tests.portable.check import raises, run

# What the module says to each command; None: nothing.  Unknown commands get OK.
ANSWERS = {
    "AT+QCGDEFCONT?": '\r\n+QCGDEFCONT: "IP","cmnbiot"\r\n\r\nOK\r\n',
    "AT+CGSN=1": "\r\n+CGSN: 868123450012345\r\n\r\nOK\r\n",
    "AT+CIMI": "\r\n460001234567890\r\n\r\nOK\r\n",
    "AT+QCCID": "\r\n+QCCID: 89860411102570012345\r\n\r\nOK\r\n",
    "AT+CEREG?": '\r\n+CEREG: 5,2\r\n\r\nOK\r\n\r\n+CEREG: 5,"69C9","06923252",9\r\n',
    "AT+CCLK?": '\r\n+CCLK: "26/01/01,08:00:00+32"\r\n\r\nOK\r\n',
    "AT+QENG=0": '\r\n+QENG: 0,2506,2,62,"6923252",-84,-10,-74,2,5,"69C9",0,90\r\n\r\nOK\r\n',
    'AT+QIOPEN=1,0,"UDP","192.0.2.1",5683,0,1': "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n",
    "AT+QISENDEX=0,2,4142": '\r\nOK\r\n\r\nSEND OK\r\n\r\n+QIURC: "recv",0,3,"00FF41"\r\n',
    "AT+QISENDEX=0,1,43": "\r\nOK\r\n\r\nSEND FAIL\r\n",
    "AT+QICLOSE=0": "\r\nOK\r\n\r\nCLOSE OK\r\n",
}


class ScriptedUart:
    """Answers at once, in pieces of five bytes; `said` is what was written to it."""

    def __init__(self, answers):
        self.said = []
        self._answers = answers
        self._unread = b""
        self._arrived = asyncio.Event()

    def write(self, data):
        text = data.decode().strip()
        self.said.append(text)
        self.speak(self._answers.get(text, "\r\nOK\r\n"))

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


def play(scenario, changes=(), **settings):
    """Run `scenario(uart, modem)` beside the modem's reader; `changes` to the answers, pairs."""
    answers = dict(ANSWERS)
    answers.update(dict(changes))
    uart = ScriptedUart(answers)
    modem = Modem(uart, BC26(**settings), {}, "cmnbiot")

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
        assert await modem.signal() == {"rsrp_dbm": -84, "rsrq_db": -10, "snr_db": 2, "ecl": 0}
        assert uart.said[:2] == ["AT", "ATE0"]

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
        assert isinstance(error, LinkTimeout) and "+CEREG: 2 (searching)" in str(error)

    play(scenario, [("AT+CEREG?", "\r\n+CEREG: 5,2\r\n\r\nOK\r\n")], registration_timeout_ms=5)


def test_unknown_setting():
    assert "no such modem setting" in str(raises(TypeError, BC26, colour=1))
