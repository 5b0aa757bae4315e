"""A D-size Li-SOCl2 primary cell: flat at 3.6 V for years, then quickly empty.

Capacity and end are a plateau's (Linden, Handbook of Batteries, Li/SOCl2 D cell); the mean drain is a
setting, because the simulator does not measure the board's current.
"""

from host_tools.simulator.kernel import EventQueue

FULL_MV = 3_650
FLAT_MV = 3_600
CUT_OFF_MV = 2_000
CAPACITY_MAH = 17_000.0
KNEE = 0.95  # of the capacity: the plateau's end


class Battery:
    """`drain_ma` is the mean current from power-on; `used_mah` what was taken before."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        self.drain_ma = 0.1
        self.used_mah = 0.0

    @property
    def voltage_mv(self) -> float:
        used = self.used_mah + self.drain_ma * self._queue.now_us / 3.6e9
        share = min(used / CAPACITY_MAH, 1.0)
        if share < KNEE:
            return FULL_MV - (FULL_MV - FLAT_MV) * share / KNEE
        return FLAT_MV - (FLAT_MV - CUT_OFF_MV) * (share - KNEE) / (1 - KNEE)
