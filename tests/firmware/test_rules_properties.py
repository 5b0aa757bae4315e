"""Rules on random histories: no chatter, nothing missed, and sleep that changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.rules import Rules
from protocols.report.encoder import INVALID

POINTS = (("a",), ("b",), ("c",))
ABOVE, BELOW, HYSTERESIS = 100, 20, 10
VALUES = st.none() | st.just(INVALID) | st.integers(-200, 200)
LIMITS = st.none() | st.integers(-100, 100)
STEPS = st.none() | st.integers(1, 100)
RULES = st.dictionaries(
    st.integers(0, 2),
    st.tuples(st.integers(0, 2), STEPS, st.integers(0, 500), LIMITS, LIMITS, st.integers(0, 50)),
)
# Seconds since the sample before, its values, and whether a report is due then.
HISTORIES = st.lists(st.tuples(st.integers(1, 200), st.tuples(VALUES, VALUES, VALUES), st.booleans()))


def life(declared, history, between=lambda rules: rules):
    """(now_s, values, what `judge` returned) of each sample; after it, `between` may replace the rules."""
    rules = Rules(declared, POINTS)
    now_s = 1000
    for after_s, values, due in history:
        now_s += after_s
        judged = rules.judge(values, now_s)
        if due or judged[0] is not None:
            rules.reported(values, now_s)
        yield now_s, values, judged
        rules = between(rules)


@given(RULES, HISTORIES, st.sets(st.integers(0, 50)))
def test_sleep_changes_nothing(declared, history, sleeps):
    count = iter(range(len(history)))

    def between(rules):
        return Rules(declared, POINTS, rules.kept, rules.told) if next(count) in sleeps else rules

    assert list(life(declared, history, between)) == list(life(declared, history))


@given(st.lists(st.integers(ABOVE - HYSTERESIS + 1, ABOVE) | st.integers(BELOW, BELOW + HYSTERESIS - 1)))
def test_no_alarm_begins_or_ends_within_the_bands_of_hysteresis(values):
    rules = Rules({0: (0, None, 0, ABOVE, BELOW, HYSTERESIS)}, POINTS[:1])
    changes = [rules.judge([value], i)[1] for i, value in enumerate([*values, ABOVE + 1, *values])]
    assert [change for change in changes if change] == [[("a", 1, ABOVE + 1)]]


@given(RULES, HISTORIES)
def test_alarms_begin_and_end_in_turn_and_not_too_often(declared, history):
    began_s = {}
    for now_s, values, (_, alarms) in life(declared, history):
        for name, active, value in alarms:
            index = ord(name) - ord("a")
            _, _, min_s, above, below, _ = declared[index]
            assert value == values[index] not in (None, INVALID)
            beyond = (above is not None and value > above) or (below is not None and value < below)
            if active:
                assert name not in began_s and beyond
                began_s[name] = now_s
            else:
                assert not beyond and now_s - began_s.pop(name) >= min_s


@given(RULES, HISTORIES)
def test_what_is_beyond_a_threshold_is_in_alarm_at_once(declared, history):
    active = set()
    for _, values, (_, alarms) in life(declared, history):
        for name, begins, _ in alarms:
            (active.add if begins else active.remove)(name)
        for index, (_, _, _, above, below, _) in declared.items():
            value = values[index]
            if value in (None, INVALID):
                continue
            if (above is not None and value > above) or (below is not None and value < below):
                assert POINTS[index][0] in active


@given(RULES, HISTORIES)
def test_no_step_waits_longer_than_min_s(declared, history):
    reported, reported_s = {}, 0
    for (now_s, values, (cls, alarms)), (_, _, due) in zip(life(declared, history), history, strict=True):
        steps = set()
        for index, (rule_cls, step, min_s, *_) in declared.items():
            value, before = values[index], reported.get(index)
            if None in (step, value, before) or value == INVALID:
                continue
            if abs(value - before) >= step and now_s - reported_s >= min_s:
                steps.add(rule_cls)
        assert not steps or cls <= min(steps)
        assert steps or alarms or cls is None
        if due or cls is not None:
            reported_s = now_s
            reported.update({i: value for i, value in enumerate(values) if value not in (None, INVALID)})
