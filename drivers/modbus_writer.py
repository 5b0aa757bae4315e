"""A Modbus master that also writes, for parts that are told something; sensors are not."""

from drivers.modbus_master import ModbusMaster
from protocols.modbus_write import write_request


class ModbusWriter(ModbusMaster):
    async def write_registers(self, address, start, values):
        """Set the registers from `start` on; raises as `read_registers`."""
        await self._transact(f"modbus server {address}", write_request(address, start, values))
