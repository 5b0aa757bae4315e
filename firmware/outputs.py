"""Sets the outputs to what their plans and the server's commands ask for.

Each is safe before anything else runs, while the time is not known, and without a plan.  A command's level
outlives a reset, not a loss of power, and not a server that is silent for a day.
"""

import struct

from firmware.schedule.output import DAY_S, Output
from protocols.compat import sleep_ms

LOST_S = DAY_S
POLL_S = 60  # a clock that was set, a new plan or a silent server is noticed so late
LONGEST_MIN = 7 * 1440  # of a command
USAGE = "PERCENT|auto [MINUTES]"
OVERRIDE = "<BiB"  # an output's in the memory that outlives a reset: as Output has it; until 0: none
OVERRIDE_SIZE = struct.calcsize(OVERRIDE)


class Outputs:
    """declared: name -> (part, safe level in percent), at most 6; parts: name -> driver with `set(percent)`.

    place, plans, safe: see `configure`.  kept: `load` and `store`, as RtcSlot.  log: takes a line of text.
    """

    def __init__(self, declared, parts, place, plans, safe, kept, log):
        self._declared = declared
        self._parts = parts
        self._kept = kept
        self._log = log
        self._names = sorted(declared)
        self._levels = {}
        self._outputs = {}
        self._data = kept.load()
        self.configure(place, plans, safe)

    def configure(self, place, plans, safe):
        """place: [zone, latitude, longitude] or None; plans: output -> plan, as firmware/schedule has them.

        safe: output -> percent, in place of the board's.  What a command has overridden stays so.
        """
        for index, name in enumerate(self._names):
            level = safe.get(name, self._declared[name][1])
            self._outputs[name] = Output(_plan(place, plans.get(name)), level, self._override(index))
            if name not in self._levels:
                self._set(name, level)

    def apply(self, now, offline_s):
        """Set what is to have another level `now`, seconds since 2020 or None; True if anything is.

        offline_s: since the server last answered.
        """
        changed = False
        for name in self._names:
            output = self._outputs[name]
            if offline_s >= LOST_S:
                output.release()
            level = output.level(now)
            if level != self._levels[name]:
                self._set(name, level)
                changed = True
        self._keep()
        return changed

    def seconds_to_change(self, now):
        """After so long at the latest, one of the outputs may change; at most a day."""
        if now is None:
            return DAY_S
        return min([output.next_change(now) - now for output in self._outputs.values()], default=DAY_S)

    def clock_jumped(self, old, new):
        """As the Timekeeper says it; a command for a duration lasts as long as was said."""
        for output in self._outputs.values():
            output.clock_jumped(old, new)
        self._keep()

    async def run(self, now, offline_s, on_change):
        """For ever, on a node that stays awake.  now(), offline_s(): see `apply`; on_change(): it did."""
        while True:
            if self.apply(now(), offline_s()):
                on_change()
            await sleep_ms(1000 * min(self.seconds_to_change(now()), POLL_S))

    def commands(self, now):
        """As Commands takes them, named as the outputs; `now()` is the time."""
        return {name: (self._command(name, now), USAGE) for name in self._names}

    def _command(self, name, now):
        return lambda level, minutes=None: self._carry_out(name, now(), level, minutes)

    def _carry_out(self, name, now, level, minutes):
        output = self._outputs[name]
        if level == "auto" and minutes is None:
            output.release()
            self.apply(now, 0)
            return "plan: %d %%" % self._levels[name]
        _check("level", level, 0, 100)
        if minutes is not None:
            _check("minutes", minutes, 1, LONGEST_MIN)
        output.command(level, now, minutes and 60 * minutes)
        self.apply(now, 0)
        return "%d %%" % level + (" for %d min" % minutes if minutes else "")

    def _set(self, name, level):
        self._parts[self._declared[name][0]].set(level)
        self._levels[name] = level
        self._log("output %s: %d %%" % (name, level))

    def _override(self, index):
        data = self._data[OVERRIDE_SIZE * index : OVERRIDE_SIZE * (index + 1)]
        override = list(struct.unpack(OVERRIDE, data)) if len(data) == OVERRIDE_SIZE else [0, 0, 0]
        return override if override[1] else None

    def _keep(self):
        data = b""
        for name in self._names:
            data += struct.pack(OVERRIDE, *(self._outputs[name].override or (0, 0, 0)))
        if data != self._data:
            self._kept.store(data)
            self._data = data


def _plan(place, plan):
    if not (place and plan):
        return None
    from firmware.schedule.plan import Plan  # else its code stays out of memory

    return Plan(place, plan)


def _check(name, value, least, most):
    if type(value) is not int or not least <= value <= most:
        raise ValueError("%s %s is not %d to %d" % (name, value, least, most))
