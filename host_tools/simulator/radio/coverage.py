"""How well the modem and the base station hear each other: RSRP, and the coverage level that follows."""

import math
import random
from dataclasses import dataclass

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.worlds.wander import Wander

FULL_POWER_DBM = 23  # power class 3; CE1 and CE2 do without power control (3GPP TS 36.213 16.2.1.1.1)
FADING_S = (600, 6 * 3600)  # periods of what moves between antenna and station; assumed
UNREST_DB = 2  # of a single measurement
WANDER_RMS = 1 / math.sqrt(8)  # of a `Wander` of amplitude 1: four sines of a quarter each


@dataclass(frozen=True)
class Signal:
    """What the modem measures of its cell."""

    rsrp_dbm: int
    rsrq_db: int
    rssi_dbm: int
    snr_db: int
    ecl: int
    tx_power_dbm: int


class Coverage:
    """RSRP is a function of virtual time and of the seed, so looking at it changes nothing."""

    def __init__(self, queue: EventQueue, rng: random.Random):
        self._queue = queue
        self._fading = Wander(rng, 1 / WANDER_RMS, *FADING_S)
        self._measuring = random.Random(rng.getrandbits(64))

    def rsrp_dbm(self, options: CellOptions) -> float:
        return options.rsrp_dbm + options.fading_db * self._fading.at(self._queue.now_us / 1e6)

    def level(self, options: CellOptions) -> int:
        rsrp_dbm = self.rsrp_dbm(options)
        return (rsrp_dbm < options.ce1_below_dbm) + (rsrp_dbm < options.ce2_below_dbm)

    def lost(self, options: CellOptions) -> bool:
        return self.rsrp_dbm(options) < options.lost_below_dbm

    def tx_power_dbm(self, options: CellOptions) -> int:
        return FULL_POWER_DBM if self.level(options) else options.tx_power_dbm

    def measure(self, options: CellOptions) -> Signal:
        rsrp_dbm = round(self.rsrp_dbm(options)) + self._measuring.randint(-UNREST_DB, UNREST_DB)
        rsrq_db = options.rsrq_db + self._measuring.randint(-1, 1)
        # NB-IoT has one resource block, so RSRQ = RSRP / RSSI (3GPP TS 36.214 5.1.24).
        rssi_dbm = rsrp_dbm - rsrq_db
        power_dbm = self.tx_power_dbm(options)
        return Signal(rsrp_dbm, rsrq_db, rssi_dbm, options.snr_db, self.level(options), power_dbm)
