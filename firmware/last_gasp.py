"""Tells the server that the mains has failed, while the board's capacitor lasts, and that it is back."""

from firmware.outbox.record_log import ALARM
from protocols.message_numbers import POWER

FAILED, BACK = range(2)


async def watch(monitor, record):
    """For ever.  `monitor`: the MainsMonitor; `record(cls, code, data)` stores an event."""
    while True:
        await monitor.failed()
        record(ALARM, POWER, (FAILED,))
        await monitor.returned()
        record(ALARM, POWER, (BACK,))
