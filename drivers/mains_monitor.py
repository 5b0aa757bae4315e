"""A power-good input: whether the mains is there, and the moment in which it goes."""

from protocols.compat import ThreadSafeFlag, sleep_ms

SETTLE_MS = 20  # a period of the mains: one that is missing is no outage


class MainsMonitor:
    """`power_good` is a pin, high while the mains feeds the board.  One task at a time may wait."""

    def __init__(self, power_good):
        self._power_good = power_good
        self._edge = ThreadSafeFlag()
        power_good.init(power_good.IN)
        power_good.irq(self._moved, power_good.IRQ_RISING | power_good.IRQ_FALLING)

    async def read(self):
        """`{"is_present": 0 or 1}`"""
        return {"is_present": self._power_good.value()}

    async def failed(self):
        """Wait until there is no mains."""
        await self._reaches(0)

    async def returned(self):
        """Wait until there is."""
        await self._reaches(1)

    def _moved(self, _pin):
        self._edge.set()

    async def _reaches(self, level):
        while True:
            while self._power_good.value() != level:
                await self._edge.wait()
            await sleep_ms(SETTLE_MS)
            if self._power_good.value() == level:
                return
