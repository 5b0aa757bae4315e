"""A BC95-G alone on a serial port, registered or not, and its sockets."""

from host_tools.simulator.modems.bc95 import Bc95G
from tests.host_tools import modem_bench
from tests.host_tools.modem_bench import OK, SERVER

HELLO = "68656C6C6F"


class Port(modem_bench.Port):
    def __init__(self, seed=1, cell=None, model=Bc95G, **module):
        super().__init__(model, seed, 9600, cell, **module)
        self.internet.serve(SERVER, lambda data, _source: [data])

    def register(self):
        """Without echo and platform service, on a network that is found by AT+CGATT=1."""
        self.boot()
        for text in ("AT+QREGSWT=2", "AT+NCONFIG=AUTOCONNECT,FALSE", "AT+NRB"):
            self.ask(text)
        self.wait(5)
        for text in ("ATE0", "AT+CMEE=1", "AT+CFUN=1"):
            self.ask(text, 4)
        self.ask("AT+CGATT=1", 60)
        return self


def open_socket(port, mode=2, receive=1):
    port.ask(f"AT+NSONMI={mode}")
    assert port.ask(f"AT+NSOCR=DGRAM,17,0,{receive}") == "\r\n0\r\n" + OK


def send(port, data=HELLO, seconds=30.0, flags="0x0", extra=""):
    return port.ask(f"AT+NSOSTF=0,{SERVER[0]},{SERVER[1]},{flags},{len(data) // 2},{data}{extra}", seconds)
