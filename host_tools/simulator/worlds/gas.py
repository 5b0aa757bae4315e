"""The air in a chamber under the street: harmless nearly always, with an episode now and then.

In an episode a gas rises to its height and is aired out again; sewer gas brings methane and hydrogen
sulphide and takes the place of oxygen.  Heights and times are made up to span what alarms are set to.
"""

import math
import random
from collections.abc import Callable

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.worlds.occasions import Occasion, Occasions

EPISODE_GAP_S = 20 * 86_400
EPISODE_S = (3 * 3600, 2 * 86_400)
HIGHEST = {"ch4": 30_000.0, "h2s": 40.0, "co": 80.0}  # ppm
CLEAN = {"ch4": 50.0, "h2s": 0.0, "co": 1.0}
OXYGEN_PERCENT = 20.9
LEAST_OXYGEN_PERCENT = 16.0


class Gas:
    """Concentrations in ppm, of oxygen in percent of the volume."""

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._sewer = Occasions(rng, EPISODE_GAP_S, *EPISODE_S)
        self._exhaust = Occasions(rng, EPISODE_GAP_S, *EPISODE_S)
        self._forced: dict[str, float] = {}

    def force(self, **concentrations: float) -> None:
        """These stand at so much, by the names of the properties; all others are as they come again."""
        unknown = concentrations.keys() - {*CLEAN, "o2"}
        if unknown:
            raise ValueError(f"no gas {', '.join(sorted(unknown))}")
        self._forced = concentrations

    @property
    def ch4(self) -> float:
        return self._now("ch4", lambda: self._risen("ch4", self._sewer))

    @property
    def h2s(self) -> float:
        return self._now("h2s", lambda: self._risen("h2s", self._sewer))

    @property
    def co(self) -> float:
        return self._now("co", lambda: self._risen("co", self._exhaust))

    @property
    def o2(self) -> float:
        lost = OXYGEN_PERCENT - LEAST_OXYGEN_PERCENT
        return self._now("o2", lambda: OXYGEN_PERCENT - lost * self._share(self._sewer))

    def _now(self, name: str, by_itself: Callable[[], float]) -> float:
        return self._forced.get(name, by_itself())

    def _risen(self, name: str, episodes: Occasions) -> float:
        return CLEAN[name] + (HIGHEST[name] - CLEAN[name]) * self._share(episodes)

    def _share(self, episodes: Occasions) -> float:
        """0.0 between episodes; half a wave over the length of one."""
        now_us = self._queue.now_us
        episode = episodes.at(now_us)
        return _height(episode, now_us) if episode else 0.0


def _height(episode: Occasion, now_us: int) -> float:
    done = (now_us - episode.begins_us) / (episode.ends_us - episode.begins_us)
    return episode.size * math.sin(math.pi * done)
