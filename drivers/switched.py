"""A sensor on Modbus RTU whose supply is on for a reading only."""

from protocols.compat import sleep_ms


class SwitchedSensor:
    """One on the line of `master`; `power`: the pin of its supply, None if the driver does not switch it.

    Settings: those of `configure`, if the driver has any.
    """

    warm_up_ms = 1000  # assumed: documents of most of these sensors do not say

    def __init__(self, master, address=1, power=None, **settings):
        self._master = master
        self._address = address
        self._power = power
        if power:
            power.value(0)
            power.init(power.OUT)
        self.configure(**settings)

    def configure(self):
        pass

    async def registers(self, *blocks):
        """The words of all blocks, (first register, count) each, in a row, once it has warmed up.

        Raises as ModbusMaster.read_registers.
        """
        power = self._power
        if power:
            power.value(1)
        try:
            if power:
                await sleep_ms(self.warm_up_ms)
            words = ()
            for start, count in blocks:
                words += await self._master.read_registers(self._address, start, count)
            return words
        finally:
            if power:
                power.value(0)
