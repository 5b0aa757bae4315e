"""The node's own state: the points of boards/health.toml, as they are."""

import gc

import board
import machine

from firmware import crash
from firmware.outbox.log_state import CORRUPT
from protocols.errors import DecodeError, LinkTimeout, ModemError


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
        """Of all points in the table's order, None where there is none."""
        fields = await self._fields()
        return [fields.get(field) for field in board.HEALTH]

    async def _fields(self):
        """All but rungs that the board lacks, and a signal that the modem does not tell.

        `heap_high_water_b` is the most that was in use right after a garbage collection at any reading since
        the boot: what came and went between two of them does not show.
        """
        gc.collect()
        self._heap_b = max(self._heap_b, gc.mem_alloc())
        fields = {
            "boot_count": crash.total(crash.BOOTS),
            "reset_cause_code": machine.reset_cause(),
            "crash_count": crash.total(crash.CRASHES),
            "heap_high_water_b": self._heap_b,
            "uptime_s": self._uptime(),
            "outbox_depth_count": self._outbox.depth(),
            "dropped_count": self._outbox.dropped(),
            "corrupt_count": self._outbox.counted(CORRUPT),
            "flash_erases_count": self._wear.erases(),
            "configuration_code": self._configuration(),
        }
        if self.budget:
            fields["used_mah"] = self.budget.used_mah
            fields["left_h"] = self.budget.left_h()
            fields["brown_outs_count"] = self.budget.brown_outs
        for rung, count in self._modem.rungs.items():
            fields["rung_" + rung + "_count"] = count
        signal = await self._signal()
        for name in signal:
            fields[name + "_code" if name in ("ecl", "cell_id") else name] = signal[name]
        return fields

    async def _signal(self):
        """What the modem measures, if it can be asked without waking it and without waiting for others."""
        if self._modem.registered and self._modem.at_hand:
            try:
                return await self._modem.signal()
            except (ModemError, LinkTimeout, DecodeError):
                pass  # the uplink will meet the same
        return {}
