"""What the modem's radio does at a moment, as far as its supply current shows it."""

from collections.abc import Callable
from enum import StrEnum

from host_tools.simulator.kernel import EventQueue


class Activity(StrEnum):
    OFF = "off"
    SEARCHING = "searching"
    IDLE = "idle"
    EDRX = "edrx"
    PSM = "psm"
    RECEIVING = "receiving"  # connected: without connected-mode DRX the receiver is always on
    TRANSMITTING = "transmitting"


class ActivityMeter:
    """Tells `observers` when the activity changes: transmissions lie on top of what `base` returns."""

    def __init__(self, queue: EventQueue, base: Callable[[], Activity]):
        self.observers: list[Callable[[Activity], None]] = []
        self.now = Activity.OFF
        self._queue = queue
        self._base = base
        self._transmissions = 0

    def update(self) -> None:
        """To be called when `base` may have changed."""
        now = self._base()
        if now is Activity.RECEIVING and self._transmissions:
            now = Activity.TRANSMITTING
        if now is not self.now:
            self.now = now
            for observer in self.observers:
                observer(now)

    def transmit(self, ends_us: int, duration_us: int) -> None:
        """The transmitter is on for that long before `ends_us`, if there is a connection then."""
        self._queue.at(ends_us - duration_us, lambda: self._count(1))
        self._queue.at(ends_us, lambda: self._count(-1))

    def _count(self, change: int) -> None:
        self._transmissions += change
        self.update()
