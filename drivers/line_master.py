"""What asks parts on a shared half-duplex line: one request at a time, with silence before it, and repeats.

The end of an answer is found by its length: UART idle detection is too coarse for that.
"""

import asyncio

from protocols.errors import BusError, DecodeError

# UARTs hand bytes over in pieces (an ESP32's after ten idle characters), so the silence that ends a
# frame cannot be seen.  Twice that lag without a byte is silence for certain.
UART_LAG_CHARACTERS = 20
CHARACTER_BITS = 11  # start, eight data, parity or a second stop, stop
SILENCE_ROUNDS = 40
ROUND_BYTES = 256


class LineMaster:
    """The one master of `bus`, which has `write(data)` and `async read(count, timeout_ms)`.

    Many tasks may share it.  `timeout_ms` is how long to wait for each part of an answer.  A subclass
    has `async _attempt(request)`, which raises DecodeError for what is worth a repeat.
    """

    def __init__(self, bus, baudrate, timeout_ms=1000, attempts=2):
        self._bus = bus
        self._silence_ms = UART_LAG_CHARACTERS * CHARACTER_BITS * 1000 // baudrate + 1
        self._timeout_ms = timeout_ms
        self._attempts = attempts
        self._lock = asyncio.Lock()

    async def _transact(self, name, request):
        """BusError, which begins with `name`, if no attempt got a valid answer."""
        async with self._lock:
            for _ in range(self._attempts):
                try:
                    await self._wait_for_silence(name)
                    return await self._attempt(request)
                except DecodeError as error:
                    reason = str(error)
            raise BusError(f"{name}: {reason}")

    async def _wait_for_silence(self, name):
        """Let the line be silent for a while; what comes before it answers nothing of ours."""
        for _ in range(SILENCE_ROUNDS):
            if not await self._bus.read(ROUND_BYTES, self._silence_ms):
                return
        raise BusError(f"{name}: the line never falls silent")
