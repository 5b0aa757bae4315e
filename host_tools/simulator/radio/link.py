"""The RRC connection, in the coverage that there is: set up, kept while there is traffic, released."""

import dataclasses
import random
from collections.abc import Callable

from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.radio.coverage import Coverage
from host_tools.simulator.radio.options import CellOptions, Level, Spread


def draw_us(rng: random.Random, spread_ms: Spread) -> int:
    least, likely, most = spread_ms
    return int(rng.triangular(least, most, likely) * 1000)


class Link:
    """`changed()` is called when `connected` has changed; `transmit(ends_us, duration_us)` tells when the
    transmitter is on."""

    def __init__(
        self,
        queue: EventQueue,
        rng: random.Random,
        options: CellOptions,
        changed: Callable[[], None],
        transmit: Callable[[int, int], None],
    ):
        self.options = options
        self.place = Coverage(queue, random.Random(rng.getrandbits(64)))
        self.connected = False
        self.stands_us = 0  # meaningful while connected or connecting
        self.transmit = transmit
        self._queue = queue
        self._rng = rng
        self._changed = changed
        self._setup: Event | None = None
        self._release: Event | None = None

    @property
    def idle(self) -> bool:
        return not (self.connected or self._setup)

    @property
    def level(self) -> Level:
        return self.options.levels[self.place.level(self.options)]

    def set(self, **changes: object) -> None:
        self.options = dataclasses.replace(self.options, **changes)

    def draw_us(self, spread_ms: Spread) -> int:
        return draw_us(self._rng, spread_ms)

    def uniform(self) -> float:
        """From 0 to 1."""
        return self._rng.random()

    def happens(self, probability: float) -> bool:
        return self.uniform() < probability

    def loses(self, loss: float) -> bool:
        """Whether one datagram is lost, given the network's own share of loss."""
        return self.happens(1 - (1 - loss) * (1 - self.level.loss)) or self.place.lost(self.options)

    def connect(self) -> bool:
        """Connect if idle; whether it was.  `stands_us` tells when the connection stands."""
        self._keep()
        if not self.idle:
            return False
        setup_us = self.draw_us(self.level.rrc_setup_ms)
        self.stands_us = self._queue.now_us + setup_us
        self._setup = self._queue.at(self.stands_us, self._stand)
        self.transmit(self.stands_us, min(setup_us, self.level.access_ms * 1000))
        return True

    def release_in(self, delay_ms: int) -> None:
        """Instead of when it was to be released until now."""
        self._keep()
        self._release = self._queue.after(delay_ms * 1000, self.drop)

    def drop(self) -> None:
        self._keep()
        if self._setup:
            self._setup.cancel()
            self._setup = None
        if self.connected:
            self.connected = False
            self._changed()

    def _keep(self) -> None:
        """There is traffic: no release, until the next `release_in`."""
        if self._release:
            self._release.cancel()

    def _stand(self) -> None:
        self._setup = None
        self.connected = True
        self._changed()
