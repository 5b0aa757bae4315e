"""What a chip's pins meet: the contracts between a chip's peripherals and the parts on a board.

A part never sees the chip, only its bus; a chip never sees a part, only these classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from host_tools.simulator.kernel import EventQueue

BITS_PER_CHARACTER = 10  # start, eight data, stop; parity adds one and is not modelled
CHUNK = 16  # characters that arrive as one event: fine enough for any parser, cheap enough for a year


class NackError(Exception):
    """An I²C part did not acknowledge."""


class ClockHeldError(Exception):
    """An I²C part holds the clock low, longer than any controller waits."""


class Part:
    """Something on the board with a supply."""

    on_load: Callable[[float], None] | None = None  # told of each change of what the part takes, in mA

    def takes(self, ma: float) -> None:
        """From now on; for the models of parts that are switched."""
        if self.on_load:
            self.on_load(ma)

    def power(self, on: bool) -> None:
        """The board's supply goes, or comes back.  (A new part has had it from the beginning.)"""

    def connect(self, name: str, pin: "InputPin") -> None:
        """The part's output `name` is wired to an input of the board."""


class SerialDevice(Part):
    """A part on a UART.  `line` is set when it is wired to one."""

    line: "SerialLine"
    baudrate = 9600  # None: follows the board (autobaud)

    def receive(self, data: bytes) -> None:
        """Bytes from the board have arrived, in one piece or many."""


class I2CDevice(Part):
    """A part on an I²C bus."""

    def write(self, data: bytes) -> None:
        """The board wrote `data`; raise NackError to refuse, ClockHeldError to hang."""

    def read(self, length: int) -> bytes:
        """The board reads; raise NackError to refuse, ClockHeldError to hang."""
        raise NackError


class PinDevice(Part):
    """A part with control inputs, named as in the board file."""

    def pin(self, name: str, level: int) -> None:
        """The board drives input `name` to `level`."""

    def pwm(self, name: str, duty: float, frequency_hz: int) -> None:
        """The board drives input `name` with a PWM of `duty` 0.0 to 1.0."""


class SPIDevice(PinDevice):
    """A part on an SPI bus; `pin("cs", level)` tells when it is selected (0), and when no longer (1)."""

    def transfer(self, data: bytes) -> bytes:
        """The board clocks `data` in while the part is selected; as many bytes come out."""
        raise NotImplementedError


@dataclass(frozen=True)
class InputPin:
    """An input of the board, as the part that drives it has it: digital, and analogue where it has an ADC."""

    level: Callable[[int], None]
    millivolts: Callable[[float], None]


class SerialLine:
    """The wires between one UART of the board and one part; each end has its own baud rate."""

    def __init__(self, queue: EventQueue, device: SerialDevice, deliver: Callable[[bytes], None]):
        self.queue = queue
        self.device = device
        self.board_baudrate = 115200
        self._deliver = deliver
        self._board_free_us = self._device_free_us = 0
        self.taps: list[Callable[[str, bytes], None]] = []  # called with ">" or "<", and what is sent
        device.line = self

    def from_board(self, data: bytes) -> int:
        """The board sends; returns the time (us) at which its last bit is out."""
        self._tell(">", data)
        pace_us = self._character_us(self.board_baudrate)
        start = max(self.queue.now_us, self._board_free_us)
        self._board_free_us = start + len(data) * pace_us
        self._schedule(data, start, pace_us, self.device.receive)
        return self._board_free_us

    def send(self, data: bytes, delay_us: int = 0) -> None:
        """The part sends, after `delay_us`; what it sent before goes out first."""
        self._tell("<", data)
        pace_us = self._character_us(self.device.baudrate or self.board_baudrate)
        start = max(self.queue.now_us + delay_us, self._device_free_us)
        self._device_free_us = start + len(data) * pace_us
        self._schedule(data, start, pace_us, self._deliver)

    def _tell(self, direction: str, data: bytes) -> None:
        for tap in self.taps:
            tap(direction, data)

    def _schedule(self, data: bytes, start_us: int, pace_us: int, receive: Callable[[bytes], None]) -> None:
        for i in range(0, len(data), CHUNK):
            piece = data[i : i + CHUNK]
            when_us = start_us + (i + len(piece)) * pace_us
            self.queue.at(when_us, lambda piece=piece: receive(self._as_heard(piece)))

    def _as_heard(self, data: bytes) -> bytes:
        """At different baud rates the receiver hears other bytes; which ones does not matter."""
        rate = self.device.baudrate
        if rate is None or abs(rate - self.board_baudrate) * 50 <= rate:  # UARTs forgive about 2 %
            return data
        return bytes((b * 167 + 129) & 0xFF | 0x80 for b in data)

    @staticmethod
    def _character_us(baudrate: int) -> int:
        return BITS_PER_CHARACTER * 1_000_000 // baudrate
