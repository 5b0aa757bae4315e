"""`machine.UART`, over /dev/uart<n>."""

import io
from errno import EINVAL, EPERM

from _chip import call, device, handlers
from _operations import (
    UART_ANY,
    UART_BREAK,
    UART_FLUSH,
    UART_INIT,
    UART_IRQ,
    UART_IRQ_FLAGS,
    UART_TIMEOUTS,
    UART_TX_DONE,
    UART_WAIT,
)

from .pin import gpio_of
from .settings import KEEP, changed

_POLL = 3  # the stream protocol's request for readiness, and its answers
_POLL_IN, _POLL_OUT = 1, 4
_ALL = 0x3FFFFFFF  # more bytes than any buffer holds
_FIRST_SOURCE = 96  # of interrupts, as the chip numbers them
_PINS = {0: (-1, -1), 1: (10, 9), 2: (17, 16)}  # TX and RX unless the program names others
_INVERSIONS, _FLOWS = ("INV_TX", "INV_RX", "INV_RTS", "INV_CTS"), ("RTS", "CTS")
_uarts = {}  # id -> its one object, as on the port


class _Irq:
    """What `UART.irq` returns; calling it runs the handler."""

    def __init__(self, uart):
        self._uart = uart
        self._handler = None
        self._trigger = 0

    def __call__(self):
        self._handler(self._uart)

    def init(self, handler=None, trigger=0, hard=False):
        if handler is not None and not callable(handler):
            raise ValueError("handler must be None or callable")
        unsupported = trigger & ~(UART.IRQ_RX | UART.IRQ_RXIDLE | UART.IRQ_BREAK)
        if unsupported:
            raise ValueError("trigger 0x%04x unsupported" % unsupported)
        if hard:
            raise ValueError("hard IRQ is not supported")
        self._handler = handler
        handlers[_FIRST_SOURCE + self._uart._id] = (handler, self._uart)
        self.trigger(trigger)

    def trigger(self, trigger=None):
        """The events that fire; `trigger` sets others. Returns what was set before."""
        before = self._trigger
        if trigger is not None:
            self._trigger = trigger
            call(UART_IRQ, self._uart._id, trigger if self._handler else 0)
        return before

    def flags(self):
        """What the last interrupt was for."""
        return call(UART_IRQ_FLAGS, self._uart._id)


class UART(io.IOBase):
    """Bits, parity, inversion and flow control are kept and shown; the line takes no notice of them.

    UART0 is free here. On stock images it is the REPL's as well: its buffers cannot be changed there, and
    what the program prints goes out.
    """

    INV_TX, INV_RX, INV_RTS, INV_CTS = 32, 4, 64, 8
    RTS, CTS = 1, 2
    IRQ_RX, IRQ_BREAK, IRQ_RXIDLE = 1, 2, 0x1000

    def __new__(cls, id, *_arguments, **_options):
        return _uarts.get(id) or object.__new__(cls)

    def __init__(self, id, *arguments, **options):
        if id not in _uarts:
            try:
                self._device = device("UART", id)
            except ValueError:
                raise ValueError("UART(%d) does not exist" % id)
            self._id = id
            self._irq = _Irq(self)
            self._file = None
        self.init(*arguments, **options)
        _uarts[id] = self

    def _defaults(self):
        self._file = self._device
        self._baudrate = 115200
        self._frame = [8, None, 1]  # bits, parity, stop bits
        self._pins = list(_PINS[self._id]) + [-1, -1]
        self._buffers = [256, 256]
        self._timeouts = [0, 0]
        self._lines = [0, 0]  # inversion, flow control

    def init(
        self,
        baudrate=0,
        bits=0,
        parity=KEEP,
        stop=0,
        *,
        tx=KEEP,
        rx=KEEP,
        rts=KEEP,
        cts=KEEP,
        txbuf=KEEP,
        rxbuf=KEEP,
        timeout=KEEP,
        timeout_char=KEEP,
        invert=KEEP,
        flow=KEEP,
    ):
        """Change what is given; after `deinit`, and at first, the rest gets its default."""
        if bits not in (0, 5, 6, 7, 8):
            raise ValueError("invalid data bits")
        if stop not in (0, 1, 2):
            raise ValueError("invalid stop bits")
        if invert != KEEP and invert & ~(self.INV_TX | self.INV_RX | self.INV_RTS | self.INV_CTS):
            raise ValueError("invalid inversion mask")
        if flow != KEEP and flow & ~(self.RTS | self.CTS):
            raise ValueError("invalid flow control mask")
        if self._file is None:
            self._defaults()
        self._baudrate = baudrate or self._baudrate
        if parity not in (KEEP, None):
            parity &= 1
        self._frame = changed(self._frame, (bits or KEEP, parity, stop or KEEP))
        pins = [pin if pin == KEEP else gpio_of(pin) for pin in (tx, rx, rts, cts)]
        self._pins = changed(self._pins, pins)
        self._buffers = changed(self._buffers, (txbuf, rxbuf))
        self._timeouts = changed(self._timeouts, (timeout, timeout_char))
        self._lines = changed(self._lines, (invert, flow))
        call(UART_INIT, self._id, self._baudrate, self._buffers[1])
        call(UART_TIMEOUTS, self._id, *self._timeouts)

    def any(self):
        if self._file is None:
            raise OSError(EPERM)
        return call(UART_ANY, self._id)

    def read(self, count=-1):
        """Bytes that came within the time-outs, None if none did."""
        if self._file is None:
            return None
        here = call(UART_WAIT, self._id, count if count >= 0 else _ALL)
        return self._file.read(here) if here or not count else None

    def readinto(self, buffer, count=-1):
        data = self.read(len(buffer) if count < 0 else min(count, len(buffer)))
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
        """How many bytes the transmitter has taken: all; None after `deinit`."""
        return self._file and self._file.write(data)

    def txdone(self):
        return bool(call(UART_TX_DONE, self._id))

    def flush(self):
        call(UART_FLUSH, self._id)

    def sendbreak(self):
        call(UART_BREAK, self._id)

    def irq(self, *arguments, **options):
        """irq(handler=None, trigger=0, hard=False): call `handler(uart)` at these events."""
        if arguments or options:
            self._irq.init(*arguments, **options)
        return self._irq

    def ioctl(self, request, flags):
        if request != _POLL:
            return -EINVAL
        ready = flags & _POLL_OUT
        if flags & _POLL_IN and self.any():
            ready |= _POLL_IN
        return ready

    def deinit(self):
        self._file = None
        self._irq.trigger(0)

    def __repr__(self):
        invert, flow = self._lines
        settings = self._frame + self._pins + self._buffers + self._timeouts
        return (
            "UART(%d, baudrate=%d, bits=%d, parity=%s, stop=%d, tx=%d, rx=%d, rts=%d, cts=%d, "
            "txbuf=%d, rxbuf=%d, timeout=%d, timeout_char=%d, irq=%d%s%s)"
        ) % tuple(
            [self._id, self._baudrate]
            + settings
            + [self._irq._trigger, _flags("invert", _INVERSIONS, invert), _flags("flow", _FLOWS, flow)]
        )


def _flags(title, names, mask):
    set_names = [name for name in names if mask & getattr(UART, name)]
    return ", %s=%s" % (title, "|".join(set_names)) if mask else ""
