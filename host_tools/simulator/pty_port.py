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
PATIENCE_S = 0.5  # how long the board waits for a client to read


class PtyPort:
    """`path` is the device to open; `on_bytes(data)` is called on the port's own thread."""

    def __init__(self, on_bytes: Callable[[bytes], None]):
        self._on_bytes = on_bytes
        self._ours, self._theirs = os.openpty()  # theirs stays open: clients may come and go
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._unread = False  # the terminal's buffer is full, and stays so
        self._stop_reading, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._read, name=self.path, daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Send to whoever has it open; what nobody reads for a while is lost, and so is what follows."""
        while data:
            patience_s = 0 if self._unread else PATIENCE_S
            _, room, _ = select.select([], [self._ours], [], patience_s)
            self._unread = not room
            if self._unread:
                return
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._ours, data) :]

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
