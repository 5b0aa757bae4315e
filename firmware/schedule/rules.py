"""The form of schedules: lists of small integers, as a configuration carries them in CBOR, and their check.

What runs a plan that has been checked needs none of this.

place: [zone, latitude, longitude]; minutes of local time ahead of UTC, then 1/10000 degrees, north and
east positive.

plan, of one output: [level, rules, exceptions].  A level is in percent; a contactor is on above zero.
`level` holds when no rule applies.  If several apply, the first in the list counts.

A rule is [days, level, event, minutes, event, minutes]: what starts it, and what ends it.
    days    bits 0 to 6, Monday to Sunday: the days, no exceptions, that it starts on;
            bits 7 to 9: exceptions of kind 0 to 2 that it starts on
    event   CLOCK, with minutes from local midnight; or one of the sun's, with minutes from that
The end is on the next day if it would otherwise not be after the start on a day with sunrise at 6:00 and
sunset at 18:00: 22:00 to sunrise, sunset to 1:00, 0:00 to 0:00.  If on some day the end comes first
nevertheless (sunset to 23:00, in the far north), the rule does not apply.

An exception is [first, last, kind], both days included, in days since 2020-01-01 of local time.
"""

from firmware.schedule.plan import CLOCK, DUSK, WEEKDAYS

MAX_RULES = 16
MAX_EXCEPTIONS = 32
KINDS = 3
LAST_DAY = 12426  # 2054-01-08: the day after, seconds reach 2^30
LONGEST_OFFSET = 180  # minutes

_PLACE = (
    ("zone", -720, 840),
    ("latitude", -700_000, 700_000),  # where the sun's times are right to a minute
    ("longitude", -1_800_000, 1_800_000),
)
_START = ("event", CLOCK, DUSK), ("minutes", -LONGEST_OFFSET, 1439)
_RULE = (("days", 1, (1 << WEEKDAYS + KINDS) - 1), ("level", 0, 100)) + _START + _START
_EXCEPTION = ("first", 0, LAST_DAY), ("last", 0, LAST_DAY), ("kind", 0, KINDS - 1)


def check_place(place):
    """Raises ValueError, saying what is wrong."""
    _check("place", place, _PLACE)


def check_plan(plan):
    """Raises ValueError, saying which rule or exception is wrong, and how."""
    if not isinstance(plan, list) or len(plan) != 3:
        raise ValueError("a plan is not [level, rules, exceptions]")
    level, rules, exceptions = plan
    _check("plan", [level], (("level", 0, 100),))
    _check_all("rule", rules, MAX_RULES, _RULE)
    _check_all("exception", exceptions, MAX_EXCEPTIONS, _EXCEPTION)
    for index, rule in enumerate(rules):
        _check_times(index, rule)
        _check_use(index, rule, rules[:index])
    _check_ranges(exceptions)


def _check_all(what, items, most, fields):
    if not isinstance(items, list) or len(items) > most:
        raise ValueError("not a list of at most %d %ss" % (most, what))
    for index, item in enumerate(items):
        _check("%s %d" % (what, index), item, fields)


def _check(what, item, fields):
    if not isinstance(item, list) or len(item) != len(fields):
        raise ValueError("%s: not [%s]" % (what, ", ".join([field[0] for field in fields])))
    for index, (name, least, most) in enumerate(fields):
        if type(item[index]) is not int or not least <= item[index] <= most:
            raise ValueError("%s: %s is not %d to %d" % (what, name, least, most))


def _check_times(index, rule):
    for event, minutes in (rule[2:4], rule[4:6]):
        if event == CLOCK and minutes < 0:
            raise ValueError("rule %d: a time before midnight" % index)
        if event != CLOCK and minutes > LONGEST_OFFSET:
            raise ValueError("rule %d: more than %d minutes from the sun's" % (index, LONGEST_OFFSET))


def _check_use(index, rule, before):
    for other, earlier in enumerate(before):
        if earlier[2:] == rule[2:] and not rule[0] & ~earlier[0]:
            raise ValueError("rule %d: never applies, rule %d has its days and times" % (index, other))


def _check_ranges(exceptions):
    last = -1
    for first, end, _ in sorted(exceptions):
        if end < first:
            raise ValueError("an exception ends on day %d, before it starts" % end)
        if first <= last:
            raise ValueError("two exceptions on day %d" % first)
        last = end
