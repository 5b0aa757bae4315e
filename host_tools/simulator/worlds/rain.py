"""Rain: long dry spells, and showers of which most are light and a few are cloudbursts.

A shower swells and fades again (its rate is a raised cosine), so all about it can be told at once, for any
time.  Made up to give some 85 showers and 2,000 mm a year, as in Shenzhen; the heaviest rate is ten tips of a
0.2 mm bucket a minute.
"""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.occasions import Occasion, Occasions

GAP_S = 4 * 86_400  # mean dry spell
SHOWER_S = (900, 3 * 3600)
HEAVIEST_MM_PER_MIN = 2.0
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Shower:
    begins_us: int
    ends_us: int
    total_mm: float

    def fallen_mm(self, time_us: int) -> float:
        """Of its rain, until then."""
        share = (time_us - self.begins_us) / (self.ends_us - self.begins_us)
        share = min(max(share, 0.0), 1.0)
        return self.total_mm * (share - math.sin(math.tau * share) / math.tau)


class Rain:
    """Its showers follow each other; what fell is counted from the queue's zero.

    `observers` are called when other showers are to come than before.
    """

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._occasions = Occasions(rng, GAP_S, *SHOWER_S)
        self._forced: list[Shower] | None = None
        self._past_mm = 0.0  # of the showers before `_current`
        self._current: Shower | None = None
        self.observers: list[Callable[[], None]] = []

    def force(self, *showers: tuple[float, float, float]) -> None:
        """There are these and no others: (begins_s, lasts_s, total_mm).  To be called before time passes."""
        self._follow_each_other(
            Shower(round(begins * SECOND_US), round((begins + lasts) * SECOND_US), total)
            for begins, lasts, total in showers
        )

    def begin(self, lasts_s: float, total_mm: float) -> None:
        """A shower, now, and none after it; one that is going on ends."""
        now_us = self._queue.now_us
        begun = [
            replace(shower, ends_us=now_us, total_mm=shower.fallen_mm(now_us))
            if shower.ends_us > now_us
            else shower
            for shower in self.since(now_us + 1)
        ]
        self._follow_each_other([*begun, Shower(now_us, now_us + round(lasts_s * SECOND_US), total_mm)])

    @property
    def raining(self) -> bool:
        shower = self._reach(self._queue.now_us)
        return bool(shower and shower.begins_us <= self._queue.now_us < shower.ends_us)

    @property
    def fallen_mm(self) -> float:
        """Since the queue's zero."""
        shower = self._reach(self._queue.now_us)
        return self._past_mm + (shower.fallen_mm(self._queue.now_us) if shower else 0.0)

    def reaches_us(self, amount_mm: float) -> int | None:
        """When so much will have fallen, which is more than has; None: never, or after the next shower."""
        shower = self._reach(self._queue.now_us)
        if not shower or amount_mm > self._past_mm + shower.total_mm:
            return None
        low_us, high_us = self._queue.now_us, shower.ends_us
        while high_us - low_us > 1:
            middle_us = (low_us + high_us) // 2
            if self._past_mm + shower.fallen_mm(middle_us) < amount_mm:
                low_us = middle_us
            else:
                high_us = middle_us
        return high_us

    def ends_us(self) -> int | None:
        """When the shower that is going on, or the next one, ends; None: there is none any more."""
        shower = self._reach(self._queue.now_us)
        return shower.ends_us if shower else None

    def since(self, span_us: int) -> list[Shower]:
        """Those that have begun, in the last `span_us`."""
        now_us = self._queue.now_us
        if self._forced is not None:
            return [shower for shower in self._forced if now_us - span_us < shower.begins_us <= now_us]
        return [_shower(occasion) for occasion in self._occasions.since(now_us, span_us)]

    def fell(self, begins_us: int, ends_us: int) -> bool:
        """Whether it rained at all between these times."""
        if self._forced is not None:
            return any(shower.begins_us < ends_us and begins_us < shower.ends_us for shower in self._forced)
        span_us = ends_us - begins_us + SHOWER_S[1] * SECOND_US
        return any(shower.ends_us > begins_us for shower in self._occasions.since(ends_us, span_us))

    def _follow_each_other(self, showers: Iterable[Shower]) -> None:
        self._forced = list(showers)
        self._current, self._past_mm = None, 0.0
        for tell in self.observers:
            tell()

    def _reach(self, time_us: int) -> Shower | None:
        """The first shower that has not ended by then."""
        if self._current is None:
            self._current = self._after(-1)
        while self._current and self._current.ends_us <= time_us:
            self._past_mm += self._current.total_mm
            self._current = self._after(self._current.begins_us)
        return self._current

    def _after(self, begins_us: int) -> Shower | None:
        if self._forced is None:
            return _shower(self._occasions.after(begins_us))
        return next((shower for shower in self._forced if shower.begins_us > begins_us), None)


def _shower(occasion: Occasion) -> Shower:
    """The mean rate is half the highest, which goes with the third power: most showers are light."""
    minutes = (occasion.ends_us - occasion.begins_us) / 60e6
    return Shower(occasion.begins_us, occasion.ends_us, HEAVIEST_MM_PER_MIN * occasion.size**3 / 2 * minutes)
