"""The chip's UARTs: receive buffer, transmitter, and the lines to the parts behind each."""

from collections.abc import Callable
from typing import Protocol

from host_tools.simulator.buses import SerialDevice, SerialLine
from host_tools.simulator.chip.interrupts import Interrupts
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.vm.files import File

RX_BUFFER = 256  # bytes; machine.UART's default
FIRST_SOURCE = 96  # of interrupts; below are the pins and the timers
IRQ_RX, IRQ_RXIDLE = 1, 0x1000
RXIDLE_BITS, RXIDLE_LEAST_US = 20, 500  # the port looks so often whether the line has gone quiet
BREAK_BITS = 13


class Program(Protocol):
    """The running program, as far as its waits go; the chip is one."""

    def wait(self, deadline_us: int | None, done: Callable[[], bool] = ...) -> bool:
        """Block until the deadline or `done()`; False when Ctrl-C ended it."""

    def wake(self) -> None:
        """End asyncio's idle wait, because something has arrived."""


class Uart(File):
    """One UART; as a file (`/dev/uart<n>`) its reads and writes are the received and sent bytes.

    A part's break is not modelled: `IRQ_BREAK` never comes.
    """

    def __init__(self, queue: EventQueue, program: Program, interrupt: Callable[[], None]):
        self._queue = queue
        self._program = program
        self._interrupt = interrupt
        self._received = bytearray()
        self._rx_buffer = RX_BUFFER
        self._baudrate = 115_200
        self._timeout_us = self._between_us = 0
        self._lines: list[SerialLine] = []
        self._busy_until_us = 0
        self._trigger = self._flags = 0
        self._quiet: Event | None = None  # when the line will have been quiet for long enough
        self._asleep = False
        self.overruns = 0

    def attach(self, device: SerialDevice) -> None:
        """Several parts share a line: each hears what the board sends, and the board hears them all."""
        self._lines.append(SerialLine(self._queue, device, self._deliver))

    def configure(self, baudrate: int, rx_buffer: int) -> None:
        """What was received under the old settings is discarded."""
        self._received.clear()
        self._baudrate = baudrate
        self._rx_buffer = rx_buffer
        for line in self._lines:
            line.board_baudrate = baudrate

    def set_timeouts(self, first_ms: int, between_ms: int) -> None:
        """How long a read waits for its first byte, and for each one after that."""
        self._timeout_us = first_ms * 1000
        self._between_us = between_ms * 1000

    def set_irq(self, trigger: int) -> None:
        self._trigger = trigger

    def irq_flags(self) -> int:
        """What the last interrupt was for."""
        return self._flags

    def reset(self) -> None:
        self._received.clear()
        self._trigger = self._flags = 0
        self._asleep = False

    def sleep(self) -> None:
        self._asleep = True

    def wake(self) -> None:
        self._asleep = False

    def _deliver(self, data: bytes) -> None:
        if self._asleep:
            return
        room = self._rx_buffer - len(self._received)
        self.overruns += max(0, len(data) - room)
        self._received += data[:room]
        self._program.wake()
        self._fire(IRQ_RX)
        if self._trigger & IRQ_RXIDLE:
            self._look_for_idle()

    def _look_for_idle(self) -> None:
        if self._quiet:
            self._quiet.cancel()
        look_us = max(RXIDLE_BITS * 1_000_000 // self._baudrate, RXIDLE_LEAST_US)
        self._quiet = self._queue.after(2 * look_us, lambda: self._fire(IRQ_RXIDLE))

    def _fire(self, event: int) -> None:
        if self._trigger & event:
            self._flags = event
            self._interrupt()

    def read(self, length: int) -> bytes:
        data = bytes(self._received[:length])
        del self._received[:length]
        return data

    def write(self, data: bytes) -> int:
        for line in self._lines:
            self._busy_until_us = line.from_board(data)
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

    def transmitted(self) -> bool:
        return self._queue.now_us >= self._busy_until_us

    def flush(self) -> None:
        """Block until the last bit has left the transmitter."""
        self._program.wait(self._busy_until_us)

    def send_break(self) -> None:
        """Block for as long as the line is low; the parts take no notice."""
        self.flush()
        self._program.wait(self._queue.now_us + BREAK_BITS * 1_000_000 // self._baudrate)


class Uarts:
    """All UARTs of the chip, by number."""

    def __init__(self, queue: EventQueue, count: int, program: Program, interrupts: Interrupts):
        def interrupt(number: int) -> Callable[[], None]:
            return lambda: interrupts.fire(FIRST_SOURCE + number)

        self.units = [Uart(queue, program, interrupt(number)) for number in range(count)]

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "UART_INIT": lambda unit, baudrate, rxbuf: self.units[unit].configure(baudrate, rxbuf),
            "UART_TIMEOUTS": lambda unit, first, between: self.units[unit].set_timeouts(first, between),
            "UART_ANY": lambda unit, _a, _b: self.units[unit].any(),
            "UART_WAIT": lambda unit, count, _: self.units[unit].wait(count),
            "UART_FLUSH": lambda unit, _a, _b: self.units[unit].flush(),
            "UART_TX_DONE": lambda unit, _a, _b: self.units[unit].transmitted(),
            "UART_BREAK": lambda unit, _a, _b: self.units[unit].send_break(),
            "UART_IRQ": lambda unit, trigger, _: self.units[unit].set_irq(trigger),
            "UART_IRQ_FLAGS": lambda unit, _a, _b: self.units[unit].irq_flags(),
        }

    def devices(self) -> dict[str, File]:
        return {f"uart{number}": unit for number, unit in enumerate(self.units)}

    def reset(self) -> None:
        for unit in self.units:
            unit.reset()

    def sleep(self) -> None:
        """Light sleep stops the receivers' clock."""
        for unit in self.units:
            unit.sleep()

    def wake(self) -> None:
        for unit in self.units:
            unit.wake()
