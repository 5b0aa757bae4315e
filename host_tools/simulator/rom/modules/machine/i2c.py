"""`machine.I2C`, over /dev/i2c<n>."""

from _chip import device


class I2C:
    """Frames on /dev/i2c<n>: direction (0 write, 1 read), address, data or room for it."""

    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        self._file = device("I2C", id)

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
