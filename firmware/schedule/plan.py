"""Which level the rules ask for at a moment.

It follows from the rules and the moment alone: no reset, sleep or jump of the clock loses a switching.
"""

from firmware.schedule.sun import CIVIL, DAY_S, HORIZON, rise_and_set

CLOCK, SUNRISE, SUNSET, DAWN, DUSK = range(5)  # events; dawn and dusk: civil twilight begins, and ends
_USUAL_MINUTES = 0, 360, 1080, 330, 1110  # of the events on the day that decides about ends

WEEKDAYS = 7
FIRST_WEEKDAY = 2  # 2020-01-01 was a Wednesday
SUN_TIMES = 16  # that are kept: more than one question needs


class Plan:
    """One output's plan at a place; both have passed the checks of rules.py."""

    def __init__(self, place, plan):
        self._zone_s = 60 * place[0]
        self._latitude, self._longitude = place[1:]
        # Near the date line the clock's date may be another than the sun's.
        ahead_s = self._longitude * 3 // 125 - self._zone_s
        self._date_shift = (ahead_s + DAY_S // 2) // DAY_S
        self._level, self._rules, self._exceptions = plan
        self._sun_times = {}

    def level_at(self, time):
        """The level, 0 to 100, at `time`, seconds since 2020-01-01 UTC."""
        return self._level_in(self._spans(time), time)

    def next_change(self, time):
        """The first second after `time` with another level, or None if there is none within a day."""
        spans = self._spans(time)
        level = self._level_in(spans, time)
        edges = {edge for span in spans for edge in span[:2] if time < edge <= time + DAY_S}
        for edge in sorted(edges):
            if self._level_in(spans, edge) != level:
                return edge
        return None

    def _level_in(self, spans, time):
        for start, end, level in spans:
            if start <= time < end:
                return level
        return self._level

    def _spans(self, time):
        """(start, end, level), in the order of the rules, of all that may matter from `time` to a day later.

        Where local time is not the sun's, one of its events may be more than a day from the clock's date.
        """
        today = (time + self._zone_s) // DAY_S
        days = [(day, self._day_bit(day)) for day in range(today - 2, today + 3)]
        spans = []
        for rule in self._rules:
            next_day = ends_next_day(rule)
            for day, bit in days:
                if rule[0] & bit:
                    start = self._time(day, rule[2], rule[3])
                    spans.append((start, self._time(day + next_day, rule[4], rule[5]), rule[1]))
        return spans

    def _day_bit(self, day):
        """The day's bit in a rule's days."""
        for first, last, kind in self._exceptions:
            if first <= day <= last:
                return 1 << WEEKDAYS + kind
        return 1 << (day + FIRST_WEEKDAY) % WEEKDAYS

    def _time(self, day, event, minutes):
        if event == CLOCK:
            return day * DAY_S - self._zone_s + 60 * minutes
        rise_set = self._sun(day + self._date_shift, CIVIL if event >= DAWN else HORIZON)
        return rise_set[(event - 1) & 1] + 60 * minutes

    def _sun(self, day, altitude):
        key = (day, altitude)
        if key not in self._sun_times:
            if len(self._sun_times) >= SUN_TIMES:
                self._sun_times.clear()
            self._sun_times[key] = rise_and_set(day, self._latitude, self._longitude, altitude)
        return self._sun_times[key]


def ends_next_day(rule):
    _, _, start, start_minutes, end, end_minutes = rule
    return _USUAL_MINUTES[end] + end_minutes <= _USUAL_MINUTES[start] + start_minutes
