"""Hydrostatic level probe QDY30A on Modbus RTU, which leaves the factory as address 1 at 9600 8N1.

The probe says in which unit and with how many decimals its value is; both are read with each value,
because they can be changed at the probe.  Makers differ in the codes of the units: check them against
the manual of the very probe that is hung in.
"""

from drivers.switched import SwitchedSensor
from protocols.errors import BusError
from protocols.modbus_rtu import signed

UNIT_REGISTER = 2  # then the decimals, then the value
UNIT_MM = {0x11: 10, 0x12: 1000}  # cm, m


class Qdy30a(SwitchedSensor):
    def configure(self, zero_mm=0):
        """zero_mm: where the probe is above the level's zero."""
        self._zero_mm = zero_mm

    async def read(self):
        """`{"level_mm": ...}`; raises as ModbusMaster, and BusError for a pressure."""
        unit, decimals, value = await self.registers((UNIT_REGISTER, 3))
        if unit not in UNIT_MM or decimals > 4:
            raise BusError(f"QDY30A: no level in unit 0x{unit:02x} with {decimals} decimals")
        step = 10**decimals
        return {"level_mm": (signed(value) * UNIT_MM[unit] + step // 2) // step + self._zero_mm}
