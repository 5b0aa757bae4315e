"""Bus objects that the drivers are given, over `machine`."""

import asyncio

import machine

from protocols.compat import ticks_add, ticks_diff, ticks_ms

RX_BUFFER = 1024  # bytes; the longest burst between two turns of the event loop, several times over


class SerialBus:
    """A UART.  Drivers write, and read with a time-out."""

    def __init__(self, unit, baudrate, parity, tx, rx):
        self._uart = machine.UART(unit, baudrate, parity=parity, tx=tx, rx=rx, rxbuf=RX_BUFFER)
        self._reader = asyncio.StreamReader(self._uart)

    def write(self, data):
        self._uart.write(data)

    async def read(self, count, timeout_ms):
        """`count` bytes, or fewer when the time-out ends the wait."""
        deadline = ticks_add(ticks_ms(), timeout_ms)
        data = b""
        while len(data) < count:
            left_ms = ticks_diff(deadline, ticks_ms())
            if left_ms <= 0:
                break
            try:
                data += await asyncio.wait_for_ms(self._reader.read(count - len(data)), left_ms)
            except asyncio.TimeoutError:
                break
        return data

    async def read_some(self):
        """At least one byte, however long it takes."""
        return await self._reader.read(RX_BUFFER)

    def discard(self):
        """Drop what was received and not read."""
        while self._uart.any():
            self._uart.read(self._uart.any())


class Rs485Bus(SerialBus):
    """A UART behind a half-duplex transceiver: the direction pin is high exactly while we send."""

    def __init__(self, unit, baudrate, parity, tx, rx, de):
        super().__init__(unit, baudrate, parity, tx, rx)
        self._direction = machine.Pin(de, machine.Pin.OUT, value=0)

    def write(self, data):
        self._direction.value(1)
        self._uart.write(data)
        self._uart.flush()
        self._direction.value(0)


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
