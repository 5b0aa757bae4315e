"""The bus object of an SPI part, over `machine`."""

import machine


class SpiBus:
    """An SPI controller and the one part on it; `mode` is 0 to 3, clock polarity and phase."""

    def __init__(self, unit, sck, mosi, miso, frequency_hz, cs, mode):
        self._spi = machine.SPI(
            unit,
            frequency_hz,
            polarity=mode >> 1,
            phase=mode & 1,
            sck=machine.Pin(sck),
            mosi=machine.Pin(mosi),
            miso=machine.Pin(miso),
        )
        self._select = machine.Pin(cs, machine.Pin.OUT, value=1)

    def transfer(self, data):
        """As many bytes as `data` has, which the part sends meanwhile."""
        answer = bytearray(len(data))
        self._select.value(0)
        self._spi.write_readinto(data, answer)
        self._select.value(1)
        return answer
