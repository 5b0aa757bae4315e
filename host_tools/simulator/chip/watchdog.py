"""The watchdog: once started it resets the chip when the program does not feed it in time."""

from collections.abc import Callable

from host_tools.simulator.chip.crystal import Crystal
from host_tools.simulator.kernel import Event


class Watchdog:
    """A soft reset does not stop it, as on the port; resets and deep sleep do; light sleep pauses it."""

    def __init__(self, crystal: Crystal, expire: Callable[[], None], watch: Callable[[int | None], None]):
        """`expire` resets the chip: it raises.

        `watch` is told by when it must be fed again (None: it is off), since no event can end a program that
        only computes.
        """
        self._crystal = crystal
        self._expire = expire
        self._watch = watch
        self._timeout_us = 0
        self._left_us: int | None = None  # while it pauses
        self._event: Event | None = None

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"WDT_START": self._start, "WDT_FEED": lambda _a, _b, _c: self._feed()}

    def reset(self) -> None:
        self._left_us = None
        if self._event:
            self._stop()
            self._watch(None)

    def sleep(self) -> None:
        if self._event:
            self._left_us = self._event.when_us - self._crystal.true_us(self._crystal.now_us)
            self._stop()

    def wake(self) -> None:
        if self._left_us is not None:
            self._event = self._crystal.after(self._left_us, self._expire)
            self._left_us = None

    def _start(self, timeout_ms: int, _b: int, _c: int) -> None:
        self._timeout_us = timeout_ms * 1000
        self._feed()

    def _feed(self) -> None:
        self._stop()
        self._event = self._crystal.after(self._timeout_us, self._expire)
        self._watch(self._timeout_us)

    def _stop(self) -> None:
        if self._event:
            self._event.cancel()
            self._event = None
