"""A modem on a desk: driver, module, cell and a server, in virtual time."""

import asyncio
import random
from collections.abc import Callable
from importlib import import_module

from drivers.modem.modem import Modem
from host_tools.boards.model import part_kinds
from host_tools.simulator.cell import Cell, CellOptions
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from tests.virtual_asyncio import Pin, Uart, run

SERVER = ("192.0.2.1", 5683)
SILENT = ("192.0.2.2", 5683)
MODULES = ("bc26", "bc66", "bc95g", "bc28", "sim7020", "m5311")
BAUDRATES = {"bc95g": 9600, "bc28": 9600}  # the others find theirs


def load(name: str) -> type:
    module, _, made = name.partition(":")
    return getattr(import_module(module), made)


class DriverBench:
    """`part`: of MODULES; `pins`: those that the board has, None for all of the module's.

    The server at SERVER answers everything twice as long; `events` are those of the driver.
    """

    def __init__(self, part="bc26", seed=1, pins=None, cell=None, profile=None, modem=None, **module):
        kind = part_kinds()[part]
        self.baudrate = BAUDRATES.get(part, 115200)
        self.queue = EventQueue()
        self.internet = VirtualInternet(self.queue)
        self.internet.serve(SERVER, lambda data, _source: [data + data])
        self.cell = Cell(self.queue, random.Random(seed), self.internet, CellOptions(**cell or {}))
        self.module = load(kind.model)(self.queue, None, random.Random(seed + 1000), self.cell, **module)
        self.pins = {name: Pin(self.module, name) for name in (kind.outputs if pins is None else pins)}
        self.events: list[tuple[str, str]] = []
        random.seed(seed)  # of the driver's pauses
        self.reset_board(load(kind.driver)(**profile or {}), **modem or {})

    def reset_board(self, profile, **options) -> None:
        """The firmware starts anew; the module notices nothing."""
        self.uart = Uart(self.queue, self.module, self.baudrate)
        self.modem = Modem(self.uart, profile, self.pins, **options)
        self.modem.on_event = lambda name, text: self.events.append((name, text))

    def play(self, scenario: Callable):
        """Run the coroutine function `scenario(bench, modem)` beside the modem's reader."""

        async def main():
            reader = asyncio.create_task(self.modem.reader())
            try:
                return await scenario(self, self.modem)
            finally:
                reader.cancel()

        return run(self.queue, main())

    @property
    def seconds(self) -> float:
        return self.queue.now_us / 1_000_000

    def boots(self) -> int:
        return self.uart.heard.count(b"Leaving the BROM")


class Bc26Bench(DriverBench):
    """A BC26, on a board that cannot cut its supply."""

    def __init__(self, seed=1, pins=("pwrkey", "reset"), cell=None, apn=None, profile=None, **module):
        super().__init__("bc26", seed, pins, cell, profile, {"apn": apn}, **module)
