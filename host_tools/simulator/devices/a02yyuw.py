"""Ultrasonic distance sensor A02YYUW above the water, on its UART.

While it has its supply it sends a frame every 100 to 300 ms.  What is nearer than 30 mm it shows as 0,
what is past its range as no echo, which is 0 as well.
"""

import random

from host_tools.simulator.buses import PinDevice, SerialDevice
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.world import World

INTERVAL_US = (100_000, 300_000)
START_UP_US = 300_000
RANGE_MM = (30, 4_500)
JITTER_MM = 3
CURRENT_MA = 8  # DFRobot SEN0311, the mean at most
SPIKE_MM = (200, 1_500)  # a path over a wall, too long by so much


class A02yyuw(PinDevice, SerialDevice):
    """Hangs `height_mm` above the level's zero.

    Faults: those of `faults`; `spikes` is the share of echoes that come over a detour; `no_echo`; `web_mm`: a
    spider's web at that distance gives an echo of its own, in the share `web_share` of all.  `waves_mm` is
    how far waves lift and lower the water.
    """

    baudrate = 9600

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, height_mm: float = 2_000):
        self._queue = queue
        self._water = world.water
        self._rng = rng
        self._height_mm = height_mm
        self.faults = ReplyFaults()
        self.spikes = 0.02
        self.no_echo = False
        self.web_mm: float | None = None
        self.web_share = 1.0
        self.waves_mm = 0.0
        self._next: Event | None = None

    def pin(self, name: str, level: int) -> None:
        """The supply's switch."""
        self.takes(level * CURRENT_MA)
        if level and not self._next:
            self._next = self._queue.after(START_UP_US, self._measure)
        elif not level and self._next:
            self._next.cancel()
            self._next = None

    def power(self, on: bool) -> None:
        if not on:
            self.pin("power", 0)

    def _measure(self) -> None:
        high, low = divmod(self._distance_mm(), 256)
        self.line.send(self.faults.apply(bytes((0xFF, high, low, 0xFF + high + low & 0xFF))))
        self._next = self._queue.after(self._rng.randint(*INTERVAL_US), self._measure)

    def _distance_mm(self) -> int:
        distance_mm = self._height_mm - self._water.level_mm + self._rng.uniform(-JITTER_MM, JITTER_MM)
        distance_mm += self._rng.uniform(-self.waves_mm, self.waves_mm)
        if self.web_mm is not None and self._rng.random() < self.web_share:
            distance_mm = self.web_mm
        if self._rng.random() < self.spikes:
            distance_mm += self._rng.uniform(*SPIKE_MM)
        nearest, farthest = RANGE_MM
        return round(distance_mm) if nearest < distance_mm <= farthest and not self.no_echo else 0
