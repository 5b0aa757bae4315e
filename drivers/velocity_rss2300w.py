"""Surface velocity of water by the 24 GHz radar Geolux RSS-2-300W on Modbus RTU; from the factory 9600 8N1.

OTT (SVR 100) and FTS (SDI-RADAR-300W) sell it as well, at 8E1.  Registers: OTT's operating instructions,
appendix D; FTS's operating manual 700-SDI-RADAR-300W Rev 2, table 4-5.  It tells how fast, up to 15 m/s; its
register 8, in which direction, is not read.
"""

from drivers.register_sensor import U16, RegisterSensor
from protocols.errors import BusError

MOST_MMPS = 15_000


class VelocityRadar(RegisterSensor):
    warm_up_ms = 5000  # assumed: its start, and water enough to average over
    BLOCKS = ((4, 1),)  # the average, in mm/s while its unit is not changed
    FIELDS = (("velocity_mmps", 0, U16, 1, 1),)

    async def read(self):
        fields = await super().read()
        if fields["velocity_mmps"] > MOST_MMPS:
            raise BusError("RSS-2-300W: no velocity")
        return fields
