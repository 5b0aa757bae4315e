"""A sensor on Modbus RTU whose supply is on for a reading only."""

from protocols.compat import sleep_ms

WARM_UP_MS = 1000  # assumed: documents of these sensors do not say


class SwitchedSensor:
    """One on the line of `master`; `power`: the pin of its supply, None if it is always on.

    Settings: those of `configure`, which a driver has.
    """

    def __init__(self, master, address=1, power=None, **settings):
        self._master = master
        self._address = address
        self._power = power
        if power:
            power.value(0)
            power.init(power.OUT)
        self.configure(**settings)

    async def registers(self, start, count):
        """As ModbusMaster.read_registers, once it has warmed up."""
        power = self._power
        if power:
            power.value(1)
        try:
            if power:
                await sleep_ms(WARM_UP_MS)
            return await self._master.read_registers(self._address, start, count)
        finally:
            if power:
                power.value(0)
