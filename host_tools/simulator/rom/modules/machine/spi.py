"""`machine.SPI` and `machine.SoftSPI`, over /dev/spi."""

import sys
from struct import pack_into

from .pin import gpio_of
from .settings import KEEP, changed

_HEADER = 8
_MSB, _LSB = 0, 1
_NOT_CONNECTED = -1
# SCK, MOSI and MISO of each controller unless the program names others
_PINS = {
    "ESP32": {1: (14, 13, 12), 2: (18, 23, 19)},
    "ESP32S3": {1: (12, 11, 13), 2: (36, 35, 37)},
    "ESP32C3": {1: (6, 7, 2)},
}[sys.implementation._machine.rpartition(" ")[2]]


class _Bus:
    """What both have. Every transfer is full duplex."""

    MSB, LSB = _MSB, _LSB

    def _transfer(self, data):
        if self._file is None:
            raise OSError("transfer on deinitialized SPI")
        if not data:
            raise ValueError("buffer too short")
        frame = bytearray(_HEADER) + data
        pack_into("<bbbBI", frame, 0, *self._pins, self._firstbit, self._baudrate)
        self._file.readinto(frame)
        return frame[_HEADER:]

    def read(self, count, write=0):
        return bytes(self._transfer(bytes([write]) * count))

    def readinto(self, buffer, write=0):
        buffer[:] = self._transfer(bytes([write]) * len(buffer))

    def write(self, data):
        self._transfer(data)

    def write_readinto(self, data, buffer):
        if len(data) != len(buffer):
            raise ValueError("buffers must be the same length")
        buffer[:] = self._transfer(data)

    def deinit(self):
        self._file = None

    def _set(self, baudrate, polarity, phase, bits, firstbit, pins):
        """Change what is given; a pin may be None, for not connected."""
        self._settings = changed(self._settings, (baudrate, polarity, phase, bits, firstbit))
        self._baudrate, self._firstbit = self._settings[0], self._settings[4]
        self._pins = [
            _NOT_CONNECTED if pin is None or pin == _NOT_CONNECTED else gpio_of(pin)
            for pin in changed(self._pins, pins)
        ]
        self._file = open("/dev/spi", "r+b")

    def __repr__(self):
        settings = "baudrate=%d, polarity=%d, phase=%d, bits=%d, firstbit=%d" % tuple(self._settings)
        pins = "sck=%d, mosi=%d, miso=%d" % tuple(self._pins)
        return "%s(%s%s, %s)" % (type(self).__name__, self._prefix, settings, pins)


class SPI(_Bus):
    def __init__(
        self,
        id,
        baudrate=500000,
        *,
        polarity=0,
        phase=0,
        bits=8,
        firstbit=_MSB,
        sck=KEEP,
        mosi=KEEP,
        miso=KEEP,
    ):
        if id not in _PINS:
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._prefix = "id=%d, " % id
        self._settings, self._pins = (0, 0, 0, 8, _MSB), _PINS[id]
        self._set(baudrate, polarity, phase, bits, firstbit, (sck, mosi, miso))

    def init(
        self,
        baudrate=KEEP,
        *,
        polarity=KEEP,
        phase=KEEP,
        bits=KEEP,
        firstbit=KEEP,
        sck=KEEP,
        mosi=KEEP,
        miso=KEEP,
    ):
        self._set(baudrate, polarity, phase, bits, firstbit, (sck, mosi, miso))


class SoftSPI(_Bus):
    _prefix = ""
    _settings, _pins = (500000, 0, 0, 8, _MSB), ()

    def __init__(self, baudrate=500000, **settings):
        self.init(baudrate, **settings)

    def init(
        self,
        baudrate=KEEP,
        *,
        polarity=KEEP,
        phase=KEEP,
        bits=8,
        firstbit=_MSB,
        sck=KEEP,
        mosi=KEEP,
        miso=KEEP,
    ):
        pins = (sck, mosi, miso)
        if bits != 8:
            raise ValueError("bits must be 8")
        if firstbit != _MSB:
            raise ValueError("firstbit must be MSB")
        if not self._pins:
            if KEEP in pins or None in pins:
                raise ValueError("must specify all of sck/mosi/miso")
            self._pins = pins
        self._set(baudrate, polarity, phase, bits, firstbit, pins)
