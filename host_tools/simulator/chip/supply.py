"""The board's supply: there, or gone for a time, or until somebody brings it back."""

from host_tools.simulator.kernel import EventQueue

OUTAGE_US = 1_000_000  # how long the board is without power after a PowerCut, unless told otherwise


class Supply:
    """`outage_us`: of the cut that comes next; None: until `come_back`."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        self.outage_us: int | None = OUTAGE_US
        self._returns_us: int | None = 0

    def fail(self) -> str:
        """Now; returns what a person would notice."""
        outage_us, self.outage_us = self.outage_us, OUTAGE_US
        self._returns_us = None if outage_us is None else self._queue.now_us + outage_us
        return "power is cut" if outage_us is None else f"power is cut for {outage_us / 1_000_000:g} s"

    def come_back(self) -> None:
        self._returns_us = self._queue.now_us

    @property
    def is_there(self) -> bool:
        return self._returns_us is not None and self._queue.now_us >= self._returns_us

    def wait(self) -> None:
        """Until it is there."""
        self._queue.run_until(self._returns_us, lambda: self.is_there)
