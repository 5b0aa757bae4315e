"""The chip's SPI: its controllers and `SoftSPI` alike, since a part cannot tell them apart."""

import struct
from dataclasses import dataclass

from host_tools.simulator.buses import SPIDevice
from host_tools.simulator.chip.pins import Pins
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm.files import CallFile

# GPIOs of SCK, MOSI and MISO (-1: none), whether the lowest bit goes first, clock in Hz; data follows
FRAME = struct.Struct("<bbbBI")
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Part:
    """A part and the GPIOs that its pins are wired to; without `cs` it is always selected."""

    device: SPIDevice
    sck: int
    mosi: int
    miso: int
    cs: int | None


class Spi(CallFile):
    """`/dev/spi`: full duplex, in place.

    Clock polarity and phase are not looked at.  Nobody drives MISO while no part is selected: it reads as
    its pull makes it.
    """

    def __init__(self, queue: EventQueue, pins: Pins):
        self._queue = queue
        self._pins = pins
        self._parts: list[Part] = []

    def attach(self, device: SPIDevice, *, sck: int, mosi: int, miso: int, cs: int | None = None) -> None:
        self._parts.append(Part(device, sck, mosi, miso, cs))
        if cs is not None:
            self._pins.wire(cs, device, "cs")

    def devices(self) -> dict[str, CallFile]:
        return {"spi": self}

    def call(self, frame: bytes) -> bytes:
        sck, mosi, miso, lsb_first, clock_hz = FRAME.unpack_from(frame)
        sent = frame[FRAME.size :]
        self._queue.run_until(self._queue.now_us + len(sent) * 8 * 1_000_000 // clock_hz)
        received = bytes([0xFF * self._pins.read(miso)]) * len(sent)
        if lsb_first:
            sent = sent.translate(REVERSED)
        for part in self._parts:
            if part.sck == sck and (part.cs is None or not self._pins.read(part.cs)):
                answer = part.device.transfer(sent if part.mosi == mosi else bytes(len(sent)))
                if part.miso == miso:
                    received = answer.translate(REVERSED) if lsb_first else answer
        return frame[: FRAME.size] + received
