"""Vehicles with UHF tags that pass a reader: platoons of a traffic light, with gaps between.

`quiet` keeps this traffic away, so that only those come that are told to.
"""

import random
from dataclasses import dataclass

from host_tools.simulator.worlds.occasions import Occasions

PLATOON_GAP_S = 75
PLATOON_S = (4, 25)
HEADWAY_S = 2.5  # between two vehicles of a platoon
IN_FIELD_US = 1_400_000  # how long a vehicle is before the antenna
FLEET = 400  # tagged vehicles that live around here
PEAK_DBM, EDGE_DBM = -46, -70


@dataclass(frozen=True)
class TagInField:
    epc: bytes  # 96 bits
    rssi_dbm: int


class Vehicles:
    """Which tags a reader's field holds, and how strongly."""

    def __init__(self, rng: random.Random):
        self._fleet = [rng.randbytes(12) for _ in range(FLEET)]
        self._seed = rng.getrandbits(64)
        self._platoons = Occasions(rng, PLATOON_GAP_S, *PLATOON_S)
        self._called: list[tuple[int, bytes]] = []  # when they came, and their tags
        self.quiet = False

    def call(self, epc: bytes, now_us: int) -> None:
        """One with that tag passes from now on."""
        self._called.append((now_us, epc))

    def in_field(self, now_us: int) -> list[TagInField]:
        """In the order in which they came."""
        tags = []
        for came_us, epc in self._called:
            if 0 <= now_us - came_us < IN_FIELD_US:
                tags.append(TagInField(epc, _rssi_dbm(now_us - came_us)))
        return tags if self.quiet else tags + self._traffic(now_us)

    def _traffic(self, now_us: int) -> list[TagInField]:
        tags = []
        for platoon in reversed(self._platoons.since(now_us, round(2 * PLATOON_S[1] * 1_000_000))):
            order = random.Random(f"{self._seed}/{platoon.begins_us}")
            count = 1 + int((platoon.ends_us - platoon.begins_us) / 1_000_000 / HEADWAY_S)
            for place, epc in enumerate(order.sample(self._fleet, count)):
                since_us = now_us - platoon.begins_us - round(place * HEADWAY_S * 1_000_000)
                if 0 <= since_us < IN_FIELD_US:
                    tags.append(TagInField(epc, _rssi_dbm(since_us)))
        return tags


def _rssi_dbm(since_us: int) -> int:
    """Strongest half way through the field."""
    off_centre = abs(2 * since_us / IN_FIELD_US - 1)
    return round(PEAK_DBM + (EDGE_DBM - PEAK_DBM) * off_centre)
