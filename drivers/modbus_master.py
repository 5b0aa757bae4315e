"""The client of a Modbus RTU line: one request at a time, with time-outs and repeats.

Modbus over Serial Line V1.02, 2.4.1 (client states) and 2.5.1 (framing).  The end of a response is
found by its length, known from the request: UART idle detection is too coarse for 3.5 characters.
"""

import asyncio

from protocols import modbus_rtu
from protocols.errors import BusError, DecodeError

# UARTs hand bytes over in pieces (an ESP32's after ten idle characters), so the 3.5 characters that end
# a frame cannot be seen.  Twice that lag without a byte is silence for certain.
UART_LAG_CHARACTERS = 20
SILENCE_ROUNDS = 40  # as long as three full frames


class ModbusMaster:
    """Reads and writes the registers of the servers on `bus`; many tasks may share it.

    `bus` has `write(data)` and `async read(count, timeout_ms)`.  `timeout_ms` is how long to wait for
    the first five bytes of a response, and again for the rest of it.
    """

    def __init__(self, bus, baudrate=9600, timeout_ms=1000, attempts=2):
        self._bus = bus
        self._silence_ms = UART_LAG_CHARACTERS * modbus_rtu.CHARACTER_BITS * 1000 // baudrate + 1
        self._timeout_ms = timeout_ms
        self._attempts = attempts
        self._lock = asyncio.Lock()

    async def read_registers(self, address, start, count, function=modbus_rtu.READ_HOLDING_REGISTERS):
        """`count` registers from `start` on, as a tuple of unsigned words.

        Raises ModbusException if the server refuses, BusError if no attempt got a valid response.
        """
        return await self._transact(modbus_rtu.read_request(address, start, count, function))

    async def write_registers(self, address, start, values):
        """Set the registers from `start` on; raises as `read_registers`."""
        await self._transact(modbus_rtu.write_request(address, start, values))

    async def _transact(self, request):
        async with self._lock:
            for _ in range(self._attempts):
                try:
                    return await self._attempt(request)
                except DecodeError as error:
                    reason = str(error)
            raise BusError(f"modbus server {request[0]}: {reason}")

    async def _attempt(self, request):
        await self._wait_for_silence()
        self._bus.write(request)
        response = await self._bus.read(modbus_rtu.EXCEPTION_LENGTH, self._timeout_ms)
        if not response:
            raise DecodeError("no answer")
        if len(response) == modbus_rtu.EXCEPTION_LENGTH and not response[1] & modbus_rtu.EXCEPTION_FLAG:
            rest = modbus_rtu.response_length(request) - modbus_rtu.EXCEPTION_LENGTH
            response += await self._bus.read(rest, self._timeout_ms)
        return modbus_rtu.parse_response(request, response)

    async def _wait_for_silence(self):
        """Let the line be silent for a while; what comes before it answers nothing of ours."""
        for _ in range(SILENCE_ROUNDS):
            if not await self._bus.read(modbus_rtu.MAX_FRAME, self._silence_ms):
                return
        raise BusError("the modbus line never falls silent")
