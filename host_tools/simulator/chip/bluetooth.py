"""The chip's Bluetooth radio, as far as a scanner sees it: it is switched on, and listens for a while.

An advertisement is heard if it comes while a scan's window is open, on whichever of the three channels that
window is: beacons send on all three within milliseconds.  Light sleep makes the radio deaf, and ends the scan
without a word (github.com/micropython/micropython, issue 6396); deep sleep and resets switch it off.
"""

import errno
import struct
from collections import deque
from collections.abc import Callable
from typing import Protocol

from host_tools.simulator.chip.crystal import Crystal
from host_tools.simulator.chip.interrupts import Interrupts
from host_tools.simulator.kernel import Event
from host_tools.simulator.vm.files import CallFile

SOURCE = 112  # of its interrupts; below are the pins, the chip's timers and the UARTs
SCAN_RESULT, SCAN_DONE = 5, 6  # MicroPython's events
RANDOM_ADDRESS, NOT_CONNECTABLE = 1, 3  # of beacons: kind of address, ADV_NONCONN_IND
EVENT = struct.Struct("<BBBbB6s31s")  # event, address kind, advertisement, dBm, length of the data; address
NO_EVENT = 0
LEAST_US = 2500  # of interval and window; the stack rounds up (BLE_HCI_SCAN_ITVL_MIN)
UNIT_US = 625


Hear = Callable[[bytes, int, bytes], None]  # address, dBm, data


class Air(Protocol):
    """What a receiver listens to."""

    def listen(self, hear: Hear | None) -> None: ...


class Bluetooth(CallFile):
    """`/dev/bluetooth` gives the next event; `is_on` says whether the radio takes its current."""

    def __init__(self, crystal: Crystal, interrupts: Interrupts):
        self._crystal = crystal
        self._interrupts = interrupts
        self.air: Callable[[], Air] | None = None  # asked when a scan begins; None: nothing is in the air
        self.fails = False  # does not start any more
        self.is_on = False
        self.observers: list[Callable[[], None]] = []  # called when it is switched on or off
        self._events: deque[bytes] = deque()
        self._ends: Event | None = None
        self._scan: tuple[int, int, int] | None = None  # since when, interval and window

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "BLUETOOTH_ON": self._switch,
            "BLUETOOTH_IS_ON": lambda _a, _b, _c: self.is_on,
            "BLUETOOTH_SCAN": self._start,
            "BLUETOOTH_STOP": self._stop,
        }

    def reset(self) -> None:
        self._end_scan()
        self._events.clear()
        self._set(False)

    def sleep(self) -> None:
        self._end_scan()

    def wake(self) -> None:
        pass

    def call(self, frame: bytes) -> bytes:
        """The next event in place of the frame, which is as long; zeroes without one."""
        event = self._events.popleft() if self._events else bytes(EVENT.size)
        return event[: len(frame)]

    def _switch(self, on: int, _b: int, _c: int) -> None:
        """ETIMEDOUT if it does not start."""
        if on and self.fails:
            raise OSError(errno.ETIMEDOUT)
        if not on:
            self.reset()
        self._set(bool(on))

    def _set(self, on: bool) -> None:
        if on != self.is_on:
            self.is_on = on
            for observer in self.observers:
                observer()

    def _start(self, duration_ms: int, interval_us: int, window_us: int) -> None:
        """ENODEV while it is off, EALREADY while it scans, EIO for a window longer than the interval."""
        if not self.is_on:
            raise OSError(errno.ENODEV)
        if self._scan:
            raise OSError(errno.EALREADY)
        interval_us, window_us = (max(LEAST_US, us // UNIT_US * UNIT_US) for us in (interval_us, window_us))
        if window_us > interval_us:
            raise OSError(errno.EIO)
        now_us = self._crystal.now_us
        self._scan = now_us, interval_us, window_us
        if duration_ms:
            self._ends = self._crystal.at(now_us + duration_ms * 1000, self._done)
        if self.air:
            self.air().listen(self._hear)

    def _stop(self, _a: int, _b: int, _c: int) -> None:
        if not self.is_on:
            raise OSError(errno.ENODEV)
        if self._scan:
            self._done()

    def _done(self) -> None:
        self._end_scan()
        self._tell(SCAN_DONE)

    def _end_scan(self) -> None:
        if self._scan and self.air:
            self.air().listen(None)
        self._scan = None
        if self._ends:
            self._ends.cancel()
            self._ends = None

    def _hear(self, address: bytes, rssi_dbm: int, data: bytes) -> None:
        begun_us, interval_us, window_us = self._scan
        if (self._crystal.now_us - begun_us) % interval_us < window_us:
            self._tell(SCAN_RESULT, RANDOM_ADDRESS, NOT_CONNECTABLE, rssi_dbm, len(data), address, data)

    def _tell(self, event: int, *facts: int | bytes) -> None:
        self._events.append(EVENT.pack(event, *(facts or (0, 0, 0, 0, b"", b""))))
        self._interrupts.fire(SOURCE)
