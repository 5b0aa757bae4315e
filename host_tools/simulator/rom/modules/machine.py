"""`machine` of the simulated ESP32, over the chip's device files."""

import io
from errno import ENODEV

from _chip import call
from _operations import (
    PIN_MODE,
    PIN_READ,
    PIN_WRITE,
    PWM_SET,
    RESET,
    RESET_CAUSE,
    SET_CLOCK,
    UART_ANY,
    UART_FLUSH,
    UART_INIT,
    UART_TIMEOUTS,
    UART_WAIT,
    UNIQUE_ID,
)

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

_POLL = 3  # the stream protocol's request for readiness, and its answers
_POLL_IN, _POLL_OUT = 1, 4
_TX_READY = _POLL_OUT
_ALL = 0x3FFFFFFF  # more bytes than any buffer holds


def reset():
    call(RESET)


def soft_reset():
    raise SystemExit


def reset_cause():
    return call(RESET_CAUSE)


def unique_id():
    """The chip's base MAC."""
    return call(UNIQUE_ID, 0).to_bytes(3, "big") + call(UNIQUE_ID, 1).to_bytes(3, "big")


def _configured(operation, gpio, a, b):
    try:
        call(operation, gpio, a, b)
    except OSError as error:
        raise ValueError("invalid pin" if error.errno == ENODEV else "pin can only be input")


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self._id = id
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        if value is not None:
            call(PIN_WRITE, self._id, int(bool(value)))  # before it becomes an output: no glitch
        _configured(PIN_MODE, self._id, mode, pull)

    def value(self, level=None):
        if level is None:
            return call(PIN_READ, self._id)
        call(PIN_WRITE, self._id, int(bool(level)))

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def __repr__(self):
        return "Pin(%d)" % self._id


class PWM:
    def __init__(self, dest, *, freq=5000, duty_u16=0):
        self._gpio = dest._id
        self._freq = freq
        self._duty = duty_u16
        self._apply()

    def _apply(self):
        _configured(PWM_SET, self._gpio, self._freq, self._duty)

    def freq(self, value=None):
        if value is None:
            return self._freq
        self._freq = value
        self._apply()

    def duty_u16(self, value=None):
        if value is None:
            return self._duty
        if not 0 <= value <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        self._duty = value
        self._apply()

    def deinit(self):
        self.duty_u16(0)


def _device(kind, id):
    try:
        return open("/dev/%s%d" % (kind.lower(), id), "r+b")
    except OSError:
        raise ValueError("%s(%d) doesn't exist" % (kind, id))


class UART(io.IOBase):
    INV_TX, INV_RX = 32, 4

    def __init__(self, id, baudrate=115200, **options):
        self._id = id
        self._file = _device("UART", id)
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


class I2C:
    """Frames on /dev/i2c<n>: direction (0 write, 1 read), address, data or room for it."""

    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        self._file = _device("I2C", id)

    def writeto(self, address, data, stop=True):
        self._file.readinto(bytearray(b"\0" + bytes([address])) + data)
        return len(data)

    def readfrom(self, address, count, stop=True):
        frame = bytearray(count + 2)
        frame[0], frame[1] = 1, address
        self._file.readinto(frame)
        return bytes(frame[2:])

    def readfrom_into(self, address, buffer, stop=True):
        buffer[:] = self.readfrom(address, len(buffer))

    def scan(self):
        found = []
        for address in range(8, 0x78):
            try:
                self.writeto(address, b"")
                found.append(address)
            except OSError:
                pass
        return found


class RTC:
    def datetime(self, fields=None):
        """(year, month, day, weekday, hours, minutes, seconds, subseconds)."""
        import time

        if fields is None:
            now = time.gmtime()
            return (now[0], now[1], now[2], now[6], now[3], now[4], now[5], 0)
        unix = time.mktime(tuple(fields[:3]) + tuple(fields[4:7]) + (0, 0)) + 946684800
        call(SET_CLOCK, unix >> 30, unix & 0x3FFFFFFF)
