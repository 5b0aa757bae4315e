"""What is worth a report out of turn, and which points are in alarm.

    step            differs by `step` or more from the last report, which is `min_s` old
    alarm           above `above` or below `below`: begins at once, whatever `min_s` says
    end of alarm    back behind the threshold by `hysteresis`, and `min_s` after the beginning

So a point that flickers begins at most one alarm in `min_s`.  A point that goes from above at once to
below stays in the alarm that it is in.

`told` is as firmware/reporter.py has it: it decides which alarms are active, `kept` only for how long.
"""

import struct

from protocols.report.encoder import INVALID

CLS, STEP, MIN_S, ABOVE = 0, 1, 2, 3  # in a rule
NO_RULE = (1, None, 0, None, None, 0)
KEPT_HEAD, KEPT_POINT = "<Bi", "<BHi"
HEAD_SIZE, POINT_SIZE = 5, 7
LONGEST_S = 0xFFFF  # that an alarm is known to be old
LONG_AGO = -86_400  # longer than any `min_s`, in place of when an alarm began
UNSURE = LONG_AGO - 1  # the same, and it may not have been told


class Rules:
    """`rules` may be replaced at any time; an alarm whose thresholds are gone ends."""

    def __init__(self, rules, points, kept=b"", told=()):
        """rules: index of a point -> (cls, step, min_s, above, below, hysteresis), as `board` has them.

        points: (name, …) each.  kept, told: the properties, from before a reset or sleep.  An alarm that is
        unsure is told again, or its end, with the first value.
        """
        self.rules = rules
        self._points = points
        self._reported_s = 0
        self._reported = [INVALID] * len(points)  # the last good value of each
        self._since_s = [None] * len(points)  # when its alarm began
        for code in told:
            if not code & 6:
                self._since_s[code >> 3] = UNSURE if code & 1 else LONG_AGO
        if len(kept) % POINT_SIZE == HEAD_SIZE and kept[0] == len(points):
            self._restore(kept)

    def judge(self, values, now_s):
        """Sampler.sample's values → (cls, [(point name, 1 it begins or 0 it ends, value or None)]).

        cls: the most urgent class of what is new, alarms too; None: no report out of turn.  now_s: seconds
        of a clock that runs on in sleep; if it has gone back, `min_s` is over.  A value that is None or
        INVALID leaves its point as it is.
        """
        wanted = None
        alarms = []
        for i in range(len(values)):
            rule = self.rules.get(i, NO_RULE)
            value = None if values[i] == INVALID else values[i]
            since_s = self._since_s[i]
            active = _is_active(rule, value, since_s is not None)
            is_news = active != (since_s is not None) or (since_s == UNSURE and value is not None)
            if is_news and (active or _is_over(since_s, rule, now_s)):
                self._since_s[i] = now_s if active else None
                alarms.append((self._points[i][0], int(active), value))
            elif not (self._is_step(i, rule, value) and _is_over(self._reported_s, rule, now_s)):
                continue
            wanted = rule[CLS] if wanted is None else min(wanted, rule[CLS])
        return wanted, alarms

    def reported(self, values, now_s):
        """A report with these values was stored, for whatever reason."""
        self._reported_s = now_s
        for i in range(len(values)):
            if values[i] is not None and values[i] != INVALID:
                self._reported[i] = values[i]

    def _is_step(self, i, rule, value):
        """Nothing is a step from nothing: the first report comes by itself."""
        step, before = rule[STEP], self._reported[i]
        return None not in (step, value) and before != INVALID and abs(value - before) >= step

    @property
    def told(self):
        """The alarms that are active, for all that the node forgets otherwise."""
        since_s = self._since_s
        return {i << 3 | (since_s[i] == UNSURE) for i in range(len(since_s)) if since_s[i] is not None}

    @property
    def kept(self):
        """For resets and sleep: five bytes, and seven for each point with a rule or in alarm.

        Made for another number of points it is ignored.
        """
        data = struct.pack(KEPT_HEAD, len(self._points), self._reported_s)
        for i in range(len(self._points)):
            since_s, reported = self._since_s[i], self._reported[i]
            if since_s is not None or i in self.rules:
                age_s = LONGEST_S
                if since_s is not None:
                    age_s = max(0, min(self._reported_s - since_s, LONGEST_S))
                data += struct.pack(KEPT_POINT, i, age_s, reported)
        return data

    def _restore(self, kept):
        self._reported_s = struct.unpack_from(KEPT_HEAD, kept)[1]
        for at in range(HEAD_SIZE, len(kept), POINT_SIZE):
            i, age_s, self._reported[i] = struct.unpack_from(KEPT_POINT, kept, at)
            if age_s != LONGEST_S and self._since_s[i] == LONG_AGO:
                self._since_s[i] = self._reported_s - age_s


def _is_active(rule, value, was):
    """Whether the point is in alarm now; `was`: before."""
    above, below, hysteresis = rule[ABOVE:]
    if above is None and below is None:
        return False
    if value is None:
        return was
    margin = hysteresis if was else 0
    if above is not None and value > above - margin:
        return True
    return below is not None and value < below + margin


def _is_over(since_s, rule, now_s):
    """Whether the rule's `min_s` is over since then."""
    return not 0 <= now_s - since_s < rule[MIN_S]
