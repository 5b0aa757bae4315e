"""A simulated board: the chip, the parts of its board file wired to it, and the world around it."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from host_tools.boards import Board
from host_tools.boards.model import PartUse, part_kinds
from host_tools.chips import chips
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.simulator.buses import InputPin
from host_tools.simulator.cell import Cell, CellOptions
from host_tools.simulator.chip.esp32 import Esp32
from host_tools.simulator.chip.resets import PowerOff
from host_tools.simulator.devices.mains_monitor import MainsMonitor
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.internet import Internet
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.fobs import Fob

# 02: locally administered.  No real chip has such an address, so tools can tell a simulated one.
MAC_PREFIX = bytes([0x02, 0xC1, 0x70])
CRYSTAL_PPM = 20  # what the 40 MHz crystals of ESP32 modules are off at most, with temperature and age


@dataclass(frozen=True)
class BoardOptions:
    """What makes one simulated board differ from another of the same product."""

    seed: int = 0
    number: int = 0
    start_unix: int = 0  # the true time when power comes on
    crews: int = 0  # so many are provisioned, whose fobs may come: `SimulatedBoard.fob`
    cell: CellOptions | None = None


class SimulatedBoard:
    """One board, off until `run`.  Flash starts blank."""

    def __init__(
        self,
        board: Board,
        queue: EventQueue,
        internet: Internet,
        options: BoardOptions,
        report: Callable[[str], None] = lambda _: None,
    ):
        """report: told in plain words what a person at the board would notice."""
        self.board = board
        self.queue = queue
        self._options = options
        self.start_unix = options.start_unix
        self.crews = options.crews
        cells = board.battery.parallel if board.battery else 1
        self.world = World(queue, self.rng("world"), options.start_unix, board.solar, cells)
        self.flash = NorFlash(board.flash_bytes)
        self.mac = MAC_PREFIX + self.rng("mac").randbytes(3)
        self.chip = Esp32(
            queue,
            chips()[board.chip],
            self.flash,
            self.mac,
            self.rng("chip"),
            report,
            crystal_ppm=self.rng("crystal").uniform(-CRYSTAL_PPM, CRYSTAL_PPM),
            heap_bytes=board.heap_kib and board.heap_kib * 1024,
        )
        self.chip.bluetooth.air = lambda: self.world.fobs
        network_time = options.start_unix - EPOCH_UNIX_S
        cell = options.cell or CellOptions(utc_at_start=network_time)
        for bus in board.i2c.values():
            self.chip.i2cs.wire(bus.id, bus.scl, bus.sda)
        self.cell = Cell(queue, self.rng("cell"), internet, cell)
        kinds = part_kinds()
        self.parts = {
            name: self._make(name, use) for name, use in board.parts.items() if kinds[use.part].model
        }
        for name in board.parts:
            if board.parts[name].uses and name in self.parts:  # a switch: what it is made of hangs on it
                self.parts[name].feeds = [self.parts[part] for part in board.parts[name].uses.values()]
        self.modem = self._make("modem", board.modem, cell=self.cell)
        self._fobs: dict[int, Fob] = {}
        self.chip.on_power = self._power
        self._capacitor_empties: Event | None = None
        self.world.on_mains(self._mains)

    def rng(self, subsystem: str) -> random.Random:
        """Random numbers of their own for every subsystem, whatever the others draw."""
        name = f"{self._options.seed}/{self.board.name}/{self._options.number}/{subsystem}"
        return random.Random(hashlib.sha256(name.encode()).digest())

    def fob(self, number: int) -> Fob:
        """Of that crew, always the same one; of a number beyond `crews`, one that the node does not know."""
        if number not in self._fobs:
            rng = self.rng(f"fob {number}")
            self._fobs[number] = Fob(rng.randbytes(16), ahead_s=rng.randrange(-(1 << 31), 1 << 31))
        return self._fobs[number]

    def run(self) -> None:
        """Power on; returns when an event calls `power_off`."""
        try:
            self.chip.run()
        except PowerOff:
            pass
        finally:
            self.cell.detach()

    def power_off(self) -> NoReturn:
        """To be called from an event of the queue."""
        raise PowerOff

    def _power(self, on: bool) -> None:
        for part in (*self.parts.values(), self.modem):
            part.power(on)

    def _mains(self) -> None:
        """A board that monitors the mains is fed by it, and for `hold_up_s` by its capacitor."""
        if self._capacitor_empties:
            self._capacitor_empties.cancel()
        monitor = next((part for part in self.parts.values() if isinstance(part, MainsMonitor)), None)
        if monitor and not self.world.mains_on:
            self._capacitor_empties = self.queue.after(
                round(monitor.hold_up_s * 1_000_000),
                lambda: self.chip.cut_power(self.world.mains_returns_us - self.queue.now_us),
            )

    def _make(self, name: str, use: PartUse, **options):
        """The part's model, wired as the board file says."""
        kind = part_kinds()[use.part]
        module, _, model = kind.model.partition(":")
        if use.address is not None:
            options["address"] = use.address
        if kind.baudrates:  # who mounts it sets it to the line's
            options["baudrate"] = self.board.uart[use.uart].baudrate
        part = getattr(import_module(module), model)(self.queue, self.world, self.rng(name), **options)
        if use.uart:
            self.chip.uarts.units[self.board.uart[use.uart].id].attach(part)
        if use.i2c:
            self.chip.i2cs.units[self.board.i2c[use.i2c].id].attach(use.address, part)
        if use.spi:
            bus = self.board.spi[use.spi]
            self.chip.spi.attach(part, sck=bus.sck, mosi=bus.mosi, miso=bus.miso, cs=use.pins["cs"])
        for pin, gpio in use.pins.items():
            if pin in kind.outputs:
                self.chip.pins.wire(gpio, part, pin)
            else:
                part.connect(pin, self._input(gpio))
        return part

    def _input(self, gpio: int) -> InputPin:
        return InputPin(
            level=lambda level: self.chip.pins.drive(gpio, level),
            millivolts=lambda mv: self.chip.adc.drive_mv(gpio, mv),
        )
