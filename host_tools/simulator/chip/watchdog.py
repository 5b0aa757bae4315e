"""The watchdog: once started it resets the chip when the program does not feed it in time."""

from collections.abc import Callable

from host_tools.simulator.kernel import Event, EventQueue


class Watchdog:
    """A soft reset does not stop it, as on the port; a chip reset and deep sleep do.

    A program that never calls the chip (`while True: pass`) lets no virtual time pass, so it does not expire.
    """

    def __init__(self, queue: EventQueue, expire: Callable[[], None]):
        """`expire` resets the chip: it raises."""
        self._queue = queue
        self._expire = expire
        self._timeout_us = 0
        self._event: Event | None = None

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"WDT_START": self._start, "WDT_FEED": lambda _a, _b, _c: self._feed()}

    def reset(self) -> None:
        if self._event:
            self._event.cancel()
            self._event = None

    def _start(self, timeout_ms: int, _b: int, _c: int) -> None:
        self._timeout_us = timeout_ms * 1000
        self._feed()

    def _feed(self) -> None:
        self.reset()
        self._event = self._queue.after(self._timeout_us, self._expire)
