"""asyncio on the simulator's time: drivers run against models, and nothing really sleeps.

    queue = EventQueue()
    device = Bc26(queue, ...)
    uart = Uart(queue, device)
    run(queue, main(uart))

`asyncio.sleep`, `wait_for` and `protocols.compat` all read the clock of the `EventQueue`.  A wait
that no event can end raises the queue's `DeadlockError` instead of hanging the test.
"""

import asyncio
import math
import selectors
from unittest import mock

from host_tools.simulator.buses import SerialDevice, SerialLine
from host_tools.simulator.kernel import EventQueue
from protocols import compat


def run(queue: EventQueue, coroutine):
    """As `asyncio.run`, on the time of `queue`; returns the coroutine's result."""
    with (
        mock.patch.object(compat, "time", QueueTime(queue)),
        asyncio.Runner(loop_factory=lambda: VirtualLoop(queue)) as runner,
    ):
        return runner.run(coroutine)


class QueueTime:
    """What `protocols.compat` needs of the module `time`."""

    def __init__(self, queue: EventQueue):
        self._queue = queue

    def monotonic_ns(self) -> int:
        return self._queue.now_us * 1000


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose waits are steps of the event queue."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        super().__init__(QueueSelector(queue))

    def time(self) -> float:
        return self._queue.now_us / 1_000_000


class QueueSelector(selectors.BaseSelector):
    """Waits on the event queue; no file is ever ready, but after each event the loop looks again."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        self._keys: dict[object, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list:
        deadline_us = None if timeout is None else self._queue.now_us + math.ceil(timeout * 1_000_000)
        steps = iter((False, True))
        self._queue.run_until(deadline_us, done=lambda: next(steps))
        return []

    def register(self, fileobj, events, data=None) -> selectors.SelectorKey:
        """The loop registers the pipe with which threads wake it; there are no threads here."""
        self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> dict:
        return self._keys


class Uart:
    """The board's end of a SerialLine as drivers know it: `write`, `await read_some()`."""

    def __init__(self, queue: EventQueue, device: SerialDevice, baudrate: int = 115200):
        self.line = SerialLine(queue, device, self._receive)
        self.line.board_baudrate = baudrate
        self.heard = bytearray()  # all that ever came, for tests to look at
        self._unread = bytearray()
        self._arrived = asyncio.Event()

    def write(self, data: bytes) -> int:
        self.line.from_board(data)
        return len(data)

    async def read_some(self) -> bytes:
        """Wait for at least one byte; return all there are."""
        while not self._unread:
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def _receive(self, data: bytes) -> None:
        self.heard += data
        self._unread += data
        self._arrived.set()


class Pin:
    """One of the board's outputs, wired to an input of a model; called as `machine.Pin`'s `value`."""

    def __init__(self, device, name: str):
        self._device = device
        self._name = name

    def value(self, level: int) -> None:
        self._device.pin(self._name, level)
