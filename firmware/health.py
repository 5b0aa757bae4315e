"""The node's own state: the points of boards/health.toml, as they are."""

import gc

import machine

from drivers.modem.ladder import RUNGS
from firmware import crash
from firmware.outbox.log_state import CORRUPT
from protocols.errors import DecodeError, LinkTimeout, ModemError

SIGNAL = "rsrp_dbm", "rsrq_db", "snr_db", "ecl", "cell_id"


class Health:
    """`wear`: an OutboxWear.  `uptime()`: seconds since the boot; `configuration()`: the version in use."""

    def __init__(self, modem, outbox, wear, uptime, configuration):
        self._modem = modem
        self._outbox = outbox
        self._wear = wear
        self._uptime = uptime
        self._configuration = configuration
        self._heap_b = 0
        self.budget = None  # of a node on a cell

    async def values(self):
        """Of all points, in the order of boards/health.toml.

        None: a rung that the board lacks, a signal that the modem does not tell, the cell of a node on mains.

        The heap's high water is the most that was in use right after a garbage collection, at any reading
        since the boot: what came and went between two of them does not show.
        """
        gc.collect()
        self._heap_b = max(self._heap_b, gc.mem_alloc())
        values = [crash.total(crash.BOOTS), machine.reset_cause(), crash.total(crash.CRASHES)]
        values += [self._heap_b, self._uptime()]
        rungs, signal = self._modem.rungs, await self._signal()
        values += [rungs.get(name) for name, _ in RUNGS]
        values += [signal.get(name) for name in SIGNAL]
        outbox, budget = self._outbox, self.budget
        values += [outbox.depth(), outbox.dropped(), outbox.counted(CORRUPT)]
        values += [self._wear.erases(), self._configuration()]
        return values + ([budget.used_mah, budget.left_h(), budget.brown_outs] if budget else [None] * 3)

    async def _signal(self):
        """What the modem measures, if it can be asked without waking it and without waiting for others."""
        if self._modem.registered and self._modem.at_hand:
            try:
                return await self._modem.signal()
            except (ModemError, LinkTimeout, DecodeError):
                pass  # the uplink will meet the same
        return {}
