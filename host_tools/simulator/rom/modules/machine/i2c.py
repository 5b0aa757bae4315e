"""`machine.I2C` and `machine.SoftI2C`, over /dev/i2c<n>."""

from errno import ENODEV
from struct import pack_into

from _chip import call, device
from _operations import I2C_AT, I2C_PINS

from .pin import gpio_of

_HEADER = 12
_WRITE, _READ = 0, 1


class _Bus:
    """What both have. `stop=False` makes no difference to the parts here.

    OSError: ENODEV when no part acknowledges, ETIMEDOUT when one holds the clock.
    """

    def _transfer(self, direction, address, data):
        frame = bytearray(_HEADER) + data
        pack_into("<BxHII", frame, 0, direction, address, self._freq, self._timeout)
        if self._file is None:
            raise OSError(ENODEV)
        self._file.readinto(frame)
        return frame

    def scan(self):
        found = []
        for address in range(8, 0x78):
            try:
                self.writeto(address, b"")
                found.append(address)
            except OSError:
                pass
        return found

    def writeto(self, address, data, stop=True):
        """How many bytes were acknowledged."""
        return len(self._transfer(_WRITE, address, data)) - _HEADER

    def writevto(self, address, vector, stop=True):
        return self.writeto(address, b"".join([bytes(part) for part in vector]), stop)

    def readfrom(self, address, count, stop=True):
        return bytes(self._transfer(_READ, address, bytearray(count))[_HEADER:])

    def readfrom_into(self, address, buffer, stop=True):
        buffer[:] = self._transfer(_READ, address, buffer)[_HEADER:]

    def readfrom_mem(self, address, register, count, *, addrsize=8):
        self.writeto(address, _register(register, addrsize), False)
        return self.readfrom(address, count)

    def readfrom_mem_into(self, address, register, buffer, *, addrsize=8):
        self.writeto(address, _register(register, addrsize), False)
        self.readfrom_into(address, buffer)

    def writeto_mem(self, address, register, data, *, addrsize=8):
        self.writeto(address, _register(register, addrsize) + bytes(data))

    def __repr__(self):
        name = type(self).__name__ + "(" + self._prefix
        return name + "scl=%d, sda=%d, freq=%d, timeout=%d)" % (
            self._scl,
            self._sda,
            self._freq,
            self._timeout,
        )


def _register(number, bits):
    """Its address, highest byte first."""
    if bits & 7 or not 0 <= bits <= 32:
        raise ValueError("invalid addrsize")
    return bytes([number >> shift & 0xFF for shift in range(bits - 8, -1, -8)])


class I2C(_Bus):
    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        """timeout: us for which a part may hold the clock."""
        self._file = device("I2C", id)
        self._prefix = "%d, " % id
        pins = call(I2C_PINS, id)
        self._scl = pins >> 8 if scl is None else gpio_of(scl)
        self._sda = pins & 0xFF if sda is None else gpio_of(sda)
        self._freq, self._timeout = freq, timeout

    def _unsupported(self, *_arguments, **_options):
        raise OSError("I2C operation not supported")

    init = start = stop = readinto = write = _unsupported


class SoftI2C(_Bus):
    """Finds the parts by the pins; the single steps (`start`, `stop`, `readinto`, `write`) it has not."""

    _prefix = ""

    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        self.init(scl, sda, freq=freq, timeout=timeout)

    def init(self, scl, sda, *, freq=400000, timeout=50000):
        self._scl, self._sda = gpio_of(scl), gpio_of(sda)
        self._freq, self._timeout = freq, timeout
        try:
            self._file = device("I2C", call(I2C_AT, self._scl, self._sda))
        except OSError:
            self._file = None  # no part is there
