"""What one output is to be at now: its plan, a command that overrides it, and what to do without a clock.

The owner asks every so often, and sets the output to the answer; nothing here is an event that could be
missed.
"""

DAY_S = 86400  # not sun.py's: an output without a plan needs no sun
HELD_S = 300  # a clock set back by less does not take back what has been switched


class Output:
    """plan: a Plan, or None.  Times are seconds since 2020-01-01 UTC, or None while the clock is not known.

    safe: the level without a clock, and without a plan.
    override: what `override` was in an earlier life, to go on with after a reset.
    """

    def __init__(self, plan, safe, override=None):
        self._plan = plan
        self._safe = safe
        self._latest = None
        self.override = override  # [level, until, whether `until` is the plan's next change], or None

    def level(self, now):
        """The level, 0 to 100, that the output is to have."""
        if now is None:
            return self._safe
        now = self._held(now)
        if self._is_overridden(now):
            return self.override[0]
        return self._plan.level_at(now) if self._plan else self._safe

    def command(self, level, now, duration_s=None):
        """Override the plan for `duration_s`, or until the plan next changes, at most for a day."""
        now = self._held(now)
        if duration_s is None:
            self.override = [level, self._next_change(now), True]
        else:
            self.override = [level, now + duration_s, False]

    def release(self):
        """Back to the plan."""
        self.override = None

    def clock_jumped(self, old, new):
        """The clock was set from `old`, negative if it was not known, to `new`.

        A duration goes on for as long as was said, and the plan's next change may be another.
        """
        if self.override and old > 0:
            _, until, at_change = self.override
            self.override[1] = self._next_change(new) if at_change else until + new - old

    def next_change(self, now):
        """The second until which the output stays as it is, at most a day; what a sleeper needs."""
        now = self._held(now)
        return min(self.override[1], now + DAY_S) if self._is_overridden(now) else self._next_change(now)

    def _is_overridden(self, now):
        if self.override and now >= self.override[1]:
            self.override = None
        return self.override is not None

    def _next_change(self, now):
        return (self._plan and self._plan.next_change(now)) or now + DAY_S

    def _held(self, now):
        if self._latest is None or not 0 < self._latest - now < HELD_S:
            self._latest = now
        return self._latest
