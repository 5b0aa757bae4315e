"""A serial port of a simulated board that any tool can open: RFC 2217, telnet on the loopback interface.

The URL goes where a tool takes a port: `esptool --port rfc2217://127.0.0.1:4000`.
"""

import contextlib
import socket
import threading
from collections.abc import Callable

from serial import rfc2217

RECEIVE_SIZE = 65536


class Rfc2217Port:
    """Serves one client at a time; another one waits until the first is gone.

    `on_bytes(data)`, `on_lines(dtr, rts)` and `on_baudrate(baudrate)` are called on the port's own
    thread, in the order in which the client did it.  A client that leaves drops both lines.
    """

    def __init__(
        self,
        on_bytes: Callable[[bytes], None],
        on_lines: Callable[[bool, bool], None],
        on_baudrate: Callable[[int], None],
        port: int = 0,
    ):
        """`port` 0: any that is free."""
        self._settings = _ClientSettings(on_bytes, on_lines, on_baudrate)
        self._listener = socket.create_server(("127.0.0.1", port))
        self._client: socket.socket | None = None
        self._writing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name=self.url, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return "rfc2217://{}:{}".format(*self._listener.getsockname())

    def write(self, data: bytes) -> None:
        """Send to the client, if there is one; waits while it does not read.  For any thread."""
        self._send(data.replace(rfc2217.IAC, rfc2217.IAC_DOUBLED))

    def close(self) -> None:
        self._closed = True
        client = self._client  # not under the lock: a write that waits for this client holds it
        if client:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname(), timeout=1).close()  # ends accept()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closed:
            client, _address = self._listener.accept()
            if self._closed:
                client.close()
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._writing:
                self._client = client
            with contextlib.suppress(OSError):
                self._converse(client)
            with self._writing:
                self._client = None
            client.close()
            self._settings.hang_up()

    def _converse(self, client: socket.socket) -> None:
        manager = rfc2217.PortManager(self._settings, _Connection(self._send))
        while data := client.recv(RECEIVE_SIZE):
            for byte in manager.filter(data):  # sets lines and rates in `_settings` as it meets them
                self._settings.received += byte
            self._settings.flush()

    def _send(self, telnet: bytes) -> None:
        with self._writing:
            if self._client:
                with contextlib.suppress(OSError):  # the client left; `_converse` sees it too
                    self._client.sendall(telnet)


class _Connection:
    """What a PortManager writes its own telnet commands to."""

    def __init__(self, write: Callable[[bytes], None]):
        self.write = write


class _ClientSettings:
    """Stands for the serial port that a PortManager sets up; hands changes on, in order with the data."""

    cts = dsr = cd = True
    ri = False
    bytesize, parity, stopbits = 8, "N", 1
    xonxoff = rtscts = break_condition = False

    def __init__(
        self,
        on_bytes: Callable[[bytes], None],
        on_lines: Callable[[bool, bool], None],
        on_baudrate: Callable[[int], None],
    ):
        self._on_bytes = on_bytes
        self._on_lines = on_lines
        self._on_baudrate = on_baudrate
        self._lines = (False, False)
        self._baudrate = 115200
        self.received = bytearray()

    def flush(self) -> None:
        if self.received:
            self._on_bytes(bytes(self.received))
            self.received.clear()

    def hang_up(self) -> None:
        self._set_lines(False, False)

    def _set_lines(self, dtr: bool, rts: bool) -> None:
        if self._lines != (dtr, rts):
            self.flush()
            self._lines = (dtr, rts)
            self._on_lines(dtr, rts)

    @property
    def dtr(self) -> bool:
        return self._lines[0]

    @dtr.setter
    def dtr(self, level: bool) -> None:
        self._set_lines(level, self.rts)

    @property
    def rts(self) -> bool:
        return self._lines[1]

    @rts.setter
    def rts(self, level: bool) -> None:
        self._set_lines(self.dtr, level)

    @property
    def baudrate(self) -> int:
        return self._baudrate

    @baudrate.setter
    def baudrate(self, baudrate: int) -> None:
        if baudrate != self._baudrate:
            self.flush()
            self._baudrate = baudrate
            self._on_baudrate(baudrate)

    def reset_input_buffer(self) -> None:
        """Nothing is held back for the client."""

    def reset_output_buffer(self) -> None:
        """What has arrived has arrived."""
