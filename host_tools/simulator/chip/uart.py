"""The chip's UARTs: receive buffer, transmitter, and the line to the part behind each."""

from collections.abc import Callable
from typing import Protocol

from host_tools.simulator.buses import SerialDevice, SerialLine
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm.files import File

RX_BUFFER = 256  # bytes; machine.UART's default


class Program(Protocol):
    """The running program, as far as its waits go; the chip is one."""

    def wait(self, deadline_us: int | None, done: Callable[[], bool] = ...) -> bool:
        """Block until the deadline or `done()`; False when Ctrl-C ended it."""

    def wake(self) -> None:
        """End asyncio's idle wait, because something has arrived."""


class Uart(File):
    """One UART; as a file (`/dev/uart<n>`) its reads and writes are the received and sent bytes."""

    def __init__(self, queue: EventQueue, program: Program):
        self._queue = queue
        self._program = program
        self._received = bytearray()
        self._rx_buffer = RX_BUFFER
        self._timeout_us = self._between_us = 0
        self._line: SerialLine | None = None
        self._busy_until_us = 0
        self.overruns = 0

    def attach(self, device: SerialDevice) -> None:
        self._line = SerialLine(self._queue, device, self._deliver)

    def configure(self, baudrate: int, rx_buffer: int) -> None:
        self._rx_buffer = rx_buffer
        if self._line:
            self._line.board_baudrate = baudrate

    def set_timeouts(self, first_ms: int, between_ms: int) -> None:
        """How long a read waits for its first byte, and for each one after that."""
        self._timeout_us = first_ms * 1000
        self._between_us = between_ms * 1000

    def reset(self) -> None:
        self._received.clear()

    def _deliver(self, data: bytes) -> None:
        room = self._rx_buffer - len(self._received)
        self.overruns += max(0, len(data) - room)
        self._received += data[:room]
        self._program.wake()

    def read(self, length: int) -> bytes:
        data = bytes(self._received[:length])
        del self._received[:length]
        return data

    def write(self, data: bytes) -> int:
        if self._line:
            self._busy_until_us = self._line.from_board(data)
        return len(data)

    def any(self) -> int:
        return len(self._received)

    def wait(self, count: int) -> int:
        """Block until `count` bytes are here, a time-out has passed, or Ctrl-C; how many to read."""
        deadline_us = self._queue.now_us + (self._between_us if self.any() else self._timeout_us)
        while (here := self.any()) < count and self._queue.now_us < deadline_us:
            if not self._program.wait(deadline_us, lambda here=here: self.any() > here):
                break
            if self.any() > here:
                deadline_us = self._queue.now_us + self._between_us
        return min(self.any(), count)

    def flush(self) -> None:
        """Block until the last bit has left the transmitter."""
        self._program.wait(self._busy_until_us)


class Uarts:
    """All UARTs of the chip, by number."""

    def __init__(self, queue: EventQueue, count: int, program: Program):
        self.units = [Uart(queue, program) for _ in range(count)]

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "UART_INIT": lambda unit, baudrate, rxbuf: self.units[unit].configure(baudrate, rxbuf),
            "UART_TIMEOUTS": lambda unit, first, between: self.units[unit].set_timeouts(first, between),
            "UART_ANY": lambda unit, _a, _b: self.units[unit].any(),
            "UART_WAIT": lambda unit, count, _: self.units[unit].wait(count),
            "UART_FLUSH": lambda unit, _a, _b: self.units[unit].flush(),
        }

    def devices(self) -> dict[str, File]:
        return {f"uart{number}": unit for number, unit in enumerate(self.units)}

    def reset(self) -> None:
        for unit in self.units:
            unit.reset()
