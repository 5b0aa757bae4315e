"""The bus object of a UART, over `machine`, as drivers are given it."""

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
