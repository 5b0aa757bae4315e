"""The two transistors by which a serial adapter resets a chip (ESP32-DevKitC schematic).

    DTR  RTS   EN    IO0
     0    0    high  high
     1    1    high  high
     1    0    high  low
     0    1    low   high

The chip samples IO0 when EN rises: low means download mode.  esptool goes from (0, 1), reset, to
(1, 0), download, and can only change one line at a time, so it passes (1, 1).  On a real board the
capacitor at EN bridges that moment; here EN rises only when the lines have been at (1, 1) for
`EN_RISE_US`, or at once when they leave it.
"""

from collections.abc import Callable

from host_tools.simulator.kernel import Event

# pyserial's RFC 2217 client takes at least 50 ms from one line to the next, and machines are busy
EN_RISE_US = 1_000_000


class AutoReset:
    """`on_reset()`: EN fell.  `on_start(download)`: EN rose, with IO0 low or not."""

    def __init__(
        self,
        on_reset: Callable[[], None],
        on_start: Callable[[bool], None],
        after: Callable[[int, Callable[[], None]], Event],
    ):
        """`after(delay_us, action)` is an event queue's."""
        self._on_reset = on_reset
        self._on_start = on_start
        self._after = after
        self._in_reset = False
        self._rising: Event | None = None

    def lines(self, dtr: bool, rts: bool) -> None:
        """The host has set the lines (True: asserted)."""
        if self._rising:
            self._rising.cancel()
            self._rising = None
        if rts and not dtr:
            if not self._in_reset:
                self._in_reset = True
                self._on_reset()
        elif self._in_reset:
            if dtr and rts:
                self._rising = self._after(EN_RISE_US, lambda: self._rise(False))
            else:
                self._rise(download=dtr)

    def _rise(self, download: bool) -> None:
        self._in_reset = False
        self._rising = None
        self._on_start(download)
