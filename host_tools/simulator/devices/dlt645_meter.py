"""Three-phase electricity meter of a lighting cabinet on a DL/T 645-2007 line.

Modelled: reading the momentary values one by one and as blocks, the forward active energy, the meter's
number, refusals, answers in more than one frame, and the preamble, of which there are none to four
bytes.  Its line is 2400 baud, 8E1; the simulated line has no parity.  Not modelled: writing, tariffs,
events, relay control.
"""

import random
from collections.abc import Callable

from host_tools.simulator.buses import SerialDevice
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.cabinet import PHASES, POWER_FACTOR, Cabinet
from protocols import dlt645
from protocols.errors import DecodeError

REPLY_DELAY_US = (20_000, 200_000)
PREAMBLE = b"\xfe"
MOST_PREAMBLE = 4
NO_SUCH_DATA = 0x02
READ_ADDRESS = 0x13
PAUSE_US = 500_000  # a request with a longer pause in it is given up
NJ_PER_10_WH = 36_000 * 10**9


class Dlt645Meter(SerialDevice):
    """Meters the world's cabinet.  `frame_data` is how many data bytes an answer's frame carries at most."""

    baudrate = 2400

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: str = "202501234567"):
        self._queue = queue
        self._cabinet = world.cabinet
        self._rng = rng
        self._address = dlt645.address_bytes(address)
        self.faults = ReplyFaults()
        self.answers_as: str | None = None  # a fault: the number that answers carry
        self.frame_data = dlt645.MAX_DATA
        self.energy_10wh_at_start = rng.randrange(10**7)  # the meter is not new
        self._request = b""
        self._heard_us = 0
        self._rest = (b"", b"", 0)  # identifier, data that was not sent yet, number of the last frame

    def receive(self, data: bytes) -> None:
        if self._queue.now_us - self._heard_us > PAUSE_US:
            self._request = b""
        self._heard_us = self._queue.now_us
        self._request = dlt645.trim(self._request + data)
        while self._request and not dlt645.missing(self._request):
            length = dlt645.OVERHEAD + self._request[dlt645.LENGTH_AT]
            frame, rest = self._request[:length], self._request[length:]
            try:
                self._serve(*dlt645.check_frame(frame))
            except DecodeError:
                rest = self._request[1:]  # it was not the beginning of one
            self._request = dlt645.trim(rest)

    def _serve(self, address: bytes, control: int, data: bytes) -> None:
        if address not in (self._address, dlt645.address_bytes(dlt645.ANY_METER)):
            return
        if control == READ_ADDRESS and not data:
            self._reply(control | dlt645.ANSWER, self._address)
        elif control == dlt645.READ_DATA and len(data) == 4:
            found = values(self._cabinet, self.energy_10wh).get(int.from_bytes(data, "little"))
            self._answer(control, data, found, number=0)
        elif control == dlt645.READ_MORE and len(data) == 5 and self._rest[0] == data[:4]:
            self._answer(control, data[:4], self._rest[1] or None, number=data[4])
        else:
            self._answer(control, data[:4], None, number=0)

    def _answer(self, control: int, identifier: bytes, found: bytes | None, number: int) -> None:
        if found is None:
            self._reply(control | dlt645.ANSWER | dlt645.REFUSAL, bytes((NO_SUCH_DATA,)))
            return
        piece, rest = found[: self.frame_data], found[self.frame_data :]
        self._rest = (identifier, rest, number)
        ending = bytes((number,)) if number else b""
        more = dlt645.MORE if rest else 0
        self._reply(control | dlt645.ANSWER | more, identifier + piece + ending)

    def _reply(self, control: int, data: bytes) -> None:
        address = dlt645.address_bytes(self.answers_as) if self.answers_as else self._address
        frame = PREAMBLE * self._rng.randint(0, MOST_PREAMBLE) + dlt645.frame(address, control, data)
        self.line.send(self.faults.apply(frame), self._rng.randrange(*REPLY_DELAY_US))

    @property
    def energy_10wh(self) -> int:
        """Forward active energy in the meter's steps of 0.01 kWh."""
        return self.energy_10wh_at_start + int(self._cabinet.energy_nj // NJ_PER_10_WH)


def values(cabinet: Cabinet, energy_10wh: int) -> dict[int, bytes]:
    """Identifier -> what stands in the answer."""
    found = {0x00010000: bcd(energy_10wh, 4), 0x02800002: bcd(5000, 2)}
    groups: list[tuple[int, list[bytes]]] = [
        (0x02010000, [b"", *_of_phases(lambda p: bcd(cabinet.voltage_v(p) * 10, 2))]),
        (0x02020000, [b"", *_of_phases(lambda p: bcd(cabinet.current_a(p) * 1000, 3))]),
        (0x02030000, [_power(cabinet.total_mw), *_of_phases(lambda p: _power(cabinet.power_mw(p)))]),
        (0x02060000, [bcd(POWER_FACTOR * 1000, 2)] * (1 + PHASES)),
    ]
    for first, entries in groups:
        found |= {first + (place << 8): entry for place, entry in enumerate(entries) if entry}
        found[first + 0xFF00] = b"".join(entries)
    return found


def _of_phases(of_phase: Callable[[int], bytes]) -> list[bytes]:
    return [of_phase(phase) for phase in range(PHASES)]


def _power(power_mw: int) -> bytes:
    return bcd(power_mw / 100, 3)


def bcd(value: float, length: int) -> bytes:
    """Lowest pair of digits first."""
    return bytes.fromhex(f"{round(value):0{2 * length}d}")[::-1]
