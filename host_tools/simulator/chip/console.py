"""The console: what goes in and out of the chip's USB (or UART0), whoever listens."""

from collections.abc import Callable

INTERRUPT = 3  # Ctrl-C
HISTORY = 4096  # bytes of output kept for whoever connects late or asks what went wrong


class Console:
    """Bytes between ports and the chip.  Ports may come and go; the chip does not notice."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[bytes], None]] = []
        self.received = bytearray()
        self.history = b""
        self.muted = False
        self._after_cr = False

    def write(self, data: bytes) -> None:
        """Send `data` as it is."""
        if self.muted or not data:
            return
        self.history = (self.history + data)[-HISTORY:]
        for listener in list(self.listeners):
            listener(data)

    def print(self, data: bytes) -> None:
        """Send text with its line ends as terminals want them, as MicroPython's stdout does."""
        cooked = bytearray()
        for byte in data:
            if byte == 0x0A and not self._after_cr:
                cooked.append(0x0D)
            cooked.append(byte)
            self._after_cr = byte == 0x0D
        self.write(bytes(cooked))

    def take(self, length: int) -> bytes:
        data = bytes(self.received[:length])
        del self.received[:length]
        return data
