"""`machine.WDT`: cannot be stopped once it runs, but by a reset."""

from _chip import call
from _operations import WDT_FEED, WDT_START


class WDT:
    def __init__(self, id=0, timeout=5000):
        """timeout: milliseconds from the last `feed` to the reset."""
        if id != 0:
            raise ValueError
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        call(WDT_START, timeout)

    def feed(self):
        call(WDT_FEED)
