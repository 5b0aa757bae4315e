"""Noise level from a JXCT-type RS-485 environment station ("louvre box"), over Modbus RTU.

The registers of the family begin at 500; which one holds the noise depends on what else is fitted,
so each model is a row of `MODELS`.  Check the row against the manual of the very part that is mounted.
"""

MODELS = {  # model: (register of the noise level, its unit in thousandths of dB(A))
    "louvre_box": (502, 100),
    "weather_station": (506, 100),
}


class NoiseModbus:
    """One station on the line of `master`; such stations leave the factory as address 1 at 4800 8N1."""

    def __init__(self, master, address=1, model="louvre_box"):
        if model not in MODELS:
            raise ValueError(f"no noise sensor {model}, only " + ", ".join(sorted(MODELS)))
        self._master = master
        self._address = address
        self._register, self._unit_mdba = MODELS[model]

    async def read(self):
        """`{"noise_mdba": ...}`, the A-weighted level; raises as ModbusMaster.read_registers."""
        (level,) = await self._master.read_registers(self._address, self._register, 1)
        return {"noise_mdba": level * self._unit_mdba}
