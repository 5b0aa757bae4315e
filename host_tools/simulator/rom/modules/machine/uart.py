"""`machine.UART`, over /dev/uart<n>."""

import io

from _chip import call, device
from _operations import UART_ANY, UART_FLUSH, UART_INIT, UART_TIMEOUTS, UART_WAIT

_POLL = 3  # the stream protocol's request for readiness, and its answers
_POLL_IN, _POLL_OUT = 1, 4
_TX_READY = _POLL_OUT
_ALL = 0x3FFFFFFF  # more bytes than any buffer holds


class UART(io.IOBase):
    INV_TX, INV_RX = 32, 4

    def __init__(self, id, baudrate=115200, **options):
        self._id = id
        self._file = device("UART", id)
        self.init(baudrate, **options)

    def init(
        self, baudrate=115200, bits=8, parity=None, stop=1, *, rxbuf=256, timeout=0, timeout_char=0, **_pins
    ):
        call(UART_INIT, self._id, baudrate, rxbuf)
        call(UART_TIMEOUTS, self._id, timeout, timeout_char)

    def any(self):
        return call(UART_ANY, self._id)

    def read(self, count=-1):
        """Bytes that came within the time-outs, None if none did."""
        here = call(UART_WAIT, self._id, count if count >= 0 else _ALL)
        return self._file.read(here) if here else None

    def readinto(self, buffer, count=-1):
        data = self.read(len(buffer) if count < 0 else count)
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    def readline(self):
        """Up to a line's end, as far as it came within the time-outs; None if nothing did."""
        line = b""
        while not line.endswith(b"\n") and (piece := self.read(1)):
            line += piece
        return line or None

    def write(self, data):
        return self._file.write(data)

    def flush(self):
        call(UART_FLUSH, self._id)

    def ioctl(self, request, flags):
        if request != _POLL:
            return 0
        ready = flags & _TX_READY
        if flags & _POLL_IN and self.any():
            ready |= _POLL_IN
        return ready

    def deinit(self):
        self._file.close()
