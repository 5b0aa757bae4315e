"""The client of a Modbus RTU line (Modbus over Serial Line V1.02, 2.4.1 client states and 2.5.1 framing)."""

from drivers.line_master import LineMaster
from protocols import modbus_rtu
from protocols.errors import DecodeError


class ModbusMaster(LineMaster):
    """Reads the registers of the servers on the line."""

    def __init__(self, bus, baudrate=9600, **options):
        super().__init__(bus, baudrate, **options)

    async def read_registers(self, address, start, count, function=modbus_rtu.READ_HOLDING_REGISTERS):
        """`count` registers from `start` on, as a tuple of unsigned words.

        Raises ModbusException if the server refuses, BusError if no attempt got a valid response.
        """
        request = modbus_rtu.read_request(address, start, count, function)
        return await self._transact(f"modbus server {address}", request)

    async def _attempt(self, request):
        self._bus.write(request)
        response = await self._bus.read(modbus_rtu.EXCEPTION_LENGTH, self._timeout_ms)
        if not response:
            raise DecodeError("no answer")
        if len(response) == modbus_rtu.EXCEPTION_LENGTH and not response[1] & modbus_rtu.EXCEPTION_FLAG:
            rest = modbus_rtu.response_length(request) - modbus_rtu.EXCEPTION_LENGTH
            response += await self._bus.read(rest, self._timeout_ms)
        return modbus_rtu.parse_response(request, response)
