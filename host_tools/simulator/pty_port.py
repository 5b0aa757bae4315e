"""A serial port of a simulated board as a pseudo-terminal, on systems that have them (not on Windows).

It has no DTR and RTS; tools that reset a board need the RFC 2217 port.
"""

import contextlib
import os
import select
import threading
import tty
from collections.abc import Callable

RECEIVE_SIZE = 4096


class PtyPort:
    """`path` is the device to open; `on_bytes(data)` is called on the port's own thread."""

    def __init__(self, on_bytes: Callable[[bytes], None]):
        self._on_bytes = on_bytes
        self._ours, self._theirs = os.openpty()  # theirs stays open: clients may come and go
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._stop_reading, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._read, name=self.path, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Send to whoever has it open; what does not fit into the terminal's buffer is lost."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._ours, data)

    def close(self) -> None:
        os.close(self._stop)
        self._thread.join()
        for handle in (self._ours, self._theirs, self._stop_reading):
            os.close(handle)

    def _read(self) -> None:
        while True:
            ready, _, _ = select.select([self._ours, self._stop_reading], [], [])
            if self._stop_reading in ready:
                return
            self._on_bytes(os.read(self._ours, RECEIVE_SIZE))
