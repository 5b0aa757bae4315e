"""A BC26 alone on a serial port, registered or not."""

from host_tools.simulator.modems.bc26 import Bc26
from tests.host_tools import modem_bench
from tests.host_tools.modem_bench import OK

ASK_PSM = 'AT+CPSMS=1,,,"00100001","00000001"'  # T3412 1 h, T3324 2 s


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


def open_socket(port, extra=",0,1"):
    assert port.ask(f'AT+QIOPEN=1,0,"UDP","192.0.2.1",5683{extra}', 0.1) == OK
    assert port.wait(2) == b"\r\n+QIOPEN: 0,0\r\n"
