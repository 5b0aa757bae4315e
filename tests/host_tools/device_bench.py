"""A test bench for one simulated part: its world, its bus, and drivers that run on virtual time."""

import asyncio
import errno
import random
from collections.abc import Callable

from host_tools.simulator.buses import (
    I2CDevice,
    InputPin,
    NackError,
    Part,
    SerialDevice,
    SerialLine,
)
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from tests import virtual_asyncio

START_UNIX = 1_767_225_600  # 2026-01-01


class Bench:
    """The world that belongs to `seed`.  `rng` is for the test; the parts get generators of their own."""

    def __init__(self, seed: int):
        self.queue = EventQueue()
        self.rng = random.Random(seed)
        self.world = World(self.queue, random.Random(seed + 1), START_UNIX)

    def make(self, model, **options):
        return model(self.queue, self.world, random.Random(self.rng.random()), **options)

    def run(self, coroutine):
        return virtual_asyncio.run(self.queue, coroutine)

    def pass_seconds(self, seconds: float) -> None:
        self.queue.run_until(self.queue.now_us + round(seconds * 1_000_000))

    def exchange(self, port: "SerialPort", request: bytes, timeout_ms: int = 300) -> bytes:
        """All that comes back within the time-out."""
        port.write(request)
        return self.run(port.read(1000, timeout_ms))


class SerialPort:
    """The board's UART, as drivers are given it."""

    def __init__(self, bench: Bench, device: SerialDevice, baudrate: int = 4800):
        self._queue = bench.queue
        self.line = SerialLine(bench.queue, device, self._deliver)
        self.line.board_baudrate = baudrate
        self._unread = b""
        self._arrival: asyncio.Future | None = None

    def write(self, data: bytes) -> None:
        self.line.from_board(data)

    async def read(self, count: int, timeout_ms: int) -> bytes:
        deadline_us = self._queue.now_us + timeout_ms * 1000
        while len(self._unread) < count and (left_us := deadline_us - self._queue.now_us) > 0:
            self._arrival = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._arrival,), timeout=left_us / 1_000_000)
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    def discard(self) -> None:
        self._unread = b""

    def _deliver(self, data: bytes) -> None:
        self._unread += data
        if self._arrival and not self._arrival.done():
            self._arrival.set_result(None)


class I2cPort:
    """The board's I²C controller with one part on it."""

    def __init__(self, device: I2CDevice, address: int):
        self._device = device
        self._address = address

    def writeto(self, address: int, data: bytes) -> None:
        self._acknowledged(address, self._device.write, data)

    def readfrom(self, address: int, count: int) -> bytes:
        return self._acknowledged(address, self._device.read, count)

    def readfrom_mem(self, address: int, register: int, count: int) -> bytes:
        self.writeto(address, bytes((register,)))
        return self.readfrom(address, count)

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        self.writeto(address, bytes((register,)) + data)

    def _acknowledged(self, address: int, transfer, argument):
        if address != self._address:
            raise OSError(errno.ENODEV)
        try:
            return transfer(argument)
        except NackError:
            raise OSError(errno.ENODEV) from None


class PinPort:
    """A pin of the board: an output that drives a part's input `name`, or an input that a part drives."""

    OUT, IN, PULL_UP, PULL_DOWN, IRQ_RISING, IRQ_FALLING = 3, 1, 2, 1, 1, 2

    def __init__(self, device: Part, name: str):
        self._device = device
        self._name = name
        self._level = 0
        self.millivolts = 0.0
        self._handler: Callable[[PinPort], None] | None = None

    def wire(self) -> "PinPort":
        """Make it an input."""
        self._device.connect(self._name, InputPin(self._follow, self._set_millivolts))
        return self

    def init(self, _mode: int, _pull: int | None = None) -> None:
        if _mode == self.OUT:
            self._device.pin(self._name, self._level)

    def value(self, level: int | None = None) -> int | None:
        if level is None:
            return self._level
        self._level = level
        self._device.pin(self._name, level)
        return None

    def irq(self, handler: "Callable[[PinPort], None]", trigger: int) -> None:
        self._handler, self._trigger = handler, trigger

    def read_uv(self) -> int:
        return round(self.millivolts * 1000)

    def _follow(self, level: int) -> None:
        edge = level - self._level
        self._level = level
        if self._handler and edge and self._trigger & (self.IRQ_RISING if edge > 0 else self.IRQ_FALLING):
            self._handler(self)

    def _set_millivolts(self, millivolts: float) -> None:
        self.millivolts = millivolts


def assert_between(reading: int, before: float, after: float, resolution: float) -> None:
    """`reading` was taken between two looks at the truth, which moves slowly."""
    assert min(before, after) - resolution <= reading <= max(before, after) + resolution
