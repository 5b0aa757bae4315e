"""Slow noise that any time can be asked for."""

import math
import random


class Wander:
    """Slow smooth noise: four sines of seeded periods and phases, so any time can be asked directly."""

    def __init__(self, rng: random.Random, amplitude: float, shortest_s: float, longest_s: float):
        """The value stays within +/- `amplitude`; its waves' periods go from `shortest_s` to `longest_s`."""
        ratio = (longest_s / shortest_s) ** (1 / 3)
        self._waves = [
            (
                amplitude / 4,
                math.tau / (shortest_s * ratio**i * rng.uniform(0.9, 1.1)),
                rng.uniform(0, math.tau),
            )
            for i in range(4)
        ]

    def at(self, time_s: float) -> float:
        return sum(size * math.sin(rate * time_s + phase) for size, rate, phase in self._waves)
