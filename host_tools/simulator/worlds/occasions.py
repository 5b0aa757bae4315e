"""Things that happen now and then and last a while: visits, showers, vehicles."""

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Occasion:
    begins_us: int
    ends_us: int
    size: float  # 0.0 to 1.0


class Occasions:
    """A sequence without end, from time 0 on; what it holds depends on its seed alone."""

    def __init__(self, rng: random.Random, gap_s: float, shortest_s: float, longest_s: float):
        """gap_s: the mean time between the end of one and the beginning of the next, which is exponential."""
        self._rng = rng
        self._gap_s = gap_s
        self._lasts_s = (shortest_s, longest_s)
        self._known: list[Occasion] = []

    def at(self, time_us: int) -> Occasion | None:
        """What goes on at that time."""
        last = next(self._back_from(time_us), None)
        return last if last and time_us < last.ends_us else None

    def since(self, time_us: int, span_us: int) -> list[Occasion]:
        """Those that began in the `span_us` before `time_us`, or at it; the latest first."""
        found = []
        for occasion in self._back_from(time_us):
            if occasion.begins_us <= time_us - span_us:
                break
            found.append(occasion)
        return found

    def after(self, time_us: int) -> Occasion:
        """The next that begins later than `time_us`."""
        self._know(time_us)
        return self._known[self._index(time_us)]

    def _back_from(self, time_us: int) -> Iterator[Occasion]:
        self._know(time_us)
        return (self._known[i] for i in range(self._index(time_us) - 1, -1, -1))

    def _index(self, time_us: int) -> int:
        return bisect_right(self._known, time_us, key=lambda occasion: occasion.begins_us)

    def _know(self, time_us: int) -> None:
        """Draw until one begins later than `time_us`."""
        while not self._known or self._known[-1].begins_us <= time_us:
            before_us = self._known[-1].ends_us if self._known else 0
            begins_us = before_us + 1 + round(self._rng.expovariate(1 / self._gap_s) * 1_000_000)
            lasts_us = round(self._rng.uniform(*self._lasts_s) * 1_000_000)
            self._known.append(Occasion(begins_us, begins_us + lasts_us, self._rng.random()))
