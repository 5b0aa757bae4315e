"""Rules: reports out of turn, alarms, and over sleep."""

from firmware.rules import Rules
from protocols.report.encoder import INVALID

POINTS = (("a",), ("b",), ("c",))
ALARM, EVENT, TELEMETRY = range(3)


def rule(cls=EVENT, step=None, min_s=0, above=None, below=None, hysteresis=0):
    return cls, step, min_s, above, below, hysteresis


def again(rules, kept=None, told=None):
    """What a start makes of what was kept."""
    kept, told = rules.kept if kept is None else kept, rules.told if told is None else told
    return Rules(rules.rules, POINTS, kept, told)


def alarms(values, every_s=60, **options):
    """The alarms of one point with these values, each wanted report made: index -> (active, value)."""
    rules = Rules({0: rule(**options)}, POINTS[:1])
    found = {}
    for i in range(len(values)):
        wanted, changes = rules.judge([values[i]], i * every_s)
        if wanted is not None:
            rules.reported([values[i]], i * every_s)
        if changes:
            ((_, active, value),) = changes
            found[i] = active, value
    return found


def reports(values, every_s=60, **options):
    """After which of the values, the first of them reported, a report out of turn is wanted, and made."""
    rules = Rules({0: rule(**options)}, POINTS[:1])
    rules.reported(values[:1], 0)
    found = []
    for i in range(1, len(values)):
        wanted, _ = rules.judge([values[i]], i * every_s)
        if wanted is not None:
            rules.reported([values[i]], i * every_s)
            found.append(i)
    return found


def test_above():
    found = alarms([252, 253, 254, 253, 250, 260], above=253)
    assert found == {2: (1, 254), 3: (0, 253), 5: (1, 260)}


def test_below():
    assert alarms([187, 186, 187], below=187) == {1: (1, 186), 2: (0, 187)}


def test_hysteresis():
    assert alarms([254, 253, 251, 250, 253], above=253, hysteresis=3) == {0: (1, 254), 3: (0, 250)}
    assert alarms([186, 189, 190], below=187, hysteresis=3) == {0: (1, 186), 2: (0, 190)}


def test_a_band():
    band = {"above": 253, "below": 187, "hysteresis": 3}
    found = alarms([230, 254, 230, 180, 230], **band)
    assert found == {1: (1, 254), 2: (0, 230), 3: (1, 180), 4: (0, 230)}
    assert alarms([254, 180, 188, 190], **band) == {0: (1, 254), 3: (0, 190)}


def test_a_contact():
    assert alarms([0, 1, 1, 0], above=0) == {1: (1, 1), 3: (0, 0)}


def test_a_missing_or_wrong_value_changes_no_alarm():
    assert alarms([None, INVALID, 9, None, INVALID, 1], above=5) == {2: (1, 9), 5: (0, 1)}
    assert alarms([INVALID, None], below=5) == {}


def test_an_alarm_begins_at_once_and_ends_after_min_s():
    assert alarms([9, 1, 1, 9, 1, 1, 1], above=5, min_s=180) == {0: (1, 9), 4: (0, 1)}
    # It begins although the end before it was a minute ago.
    assert alarms([9, 1, 1, 1, 9], above=5, min_s=180) == {0: (1, 9), 3: (0, 1), 4: (1, 9)}


def test_reports_of_others_do_not_hold_an_end_back():
    rules = Rules({0: rule(above=5, min_s=100)}, POINTS)
    rules.judge([9, 0, 0], 0)
    ends = []
    for now_s in range(0, 240, 60):
        if rules.judge([1, 0, 0], now_s)[1]:
            ends.append(now_s)
        rules.reported([1, 0, 0], now_s)
    assert ends == [120]


def test_step():
    assert reports([10, 14, 15, 19, 20, 15], step=5) == [2, 4, 5]
    assert reports([0, 1, 1, 0], step=1) == [1, 3]


def test_steps_wait_for_min_s():
    assert reports([10, 20, 30, 40, 50, 50, 50], step=5, min_s=150) == [3, 6]
    assert reports([10, 20, 10, 10, 10], step=5, min_s=150) == []


def test_a_clock_that_has_gone_back_holds_nothing_up():
    rules = Rules({0: rule(step=5, above=50, min_s=600)}, POINTS[:1])
    rules.judge([60], 1_000_000)
    rules.reported([60], 1_000_000)
    assert rules.judge([10], 30) == (EVENT, [("a", 0, 10)])
    assert rules.judge([20], 60) == (EVENT, [])


def test_nothing_is_a_step_from_nothing():
    rules = Rules({0: rule(step=5)}, POINTS[:1])
    assert rules.judge([100], 0) == (None, [])
    rules.reported([None], 0)
    assert rules.judge([100], 60) == (None, [])
    rules.reported([100], 60)
    for nothing in (None, INVALID):
        assert rules.judge([nothing], 120) == (None, [])
        rules.reported([nothing], 120)
    assert rules.judge([104], 180) == (None, [])
    assert rules.judge([105], 180) == (EVENT, [])


def test_each_point_has_its_own_rule_and_the_most_urgent_class_counts():
    rules = Rules(
        {0: rule(TELEMETRY, step=1), 1: rule(ALARM, above=5), 2: rule(EVENT, step=1, above=50)}, POINTS
    )
    rules.reported([0, 0, 0], 0)
    assert rules.judge([1, 0, 0], 1) == (TELEMETRY, [])
    assert rules.judge([1, 0, 1], 1) == (EVENT, [])
    assert rules.judge([1, 9, 60], 1) == (ALARM, [("b", 1, 9), ("c", 1, 60)])
    assert rules.judge([0, 9, 0], 1) == (EVENT, [("c", 0, 0)])


def test_an_alarm_whose_rule_changes():
    rules = Rules({0: rule(above=5, min_s=600)}, POINTS)
    rules.judge([9, 0, 0], 0)
    rules.rules = {0: rule(above=8, min_s=600)}
    assert rules.judge([9, 0, 0], 600) == (None, [])
    rules.rules = {0: rule(above=20, min_s=600)}
    assert rules.judge([9, 0, 0], 600) == (EVENT, [("a", 0, 9)])


def test_an_alarm_whose_thresholds_are_gone_ends():
    for rest in ({}, {0: rule(step=100)}):
        for value in (9, None):
            rules = Rules({0: rule(above=5, min_s=600)}, POINTS)
            rules.judge([9, 0, 0], 0)
            rules.rules = rest
            assert rules.judge([value, 0, 0], 60) == (EVENT, [("a", 0, value)])
            assert rules.judge([value, 0, 0], 60) == (None, [])


def test_kept_over_a_reset():
    declared = {0: rule(above=5, min_s=600), 2: rule(step=5, min_s=90)}
    before = Rules(declared, POINTS)
    before.judge([9, 1, 50], 1000)
    before.reported([9, 1, 50], 1000)
    assert len(before.kept) == 5 + 2 * 7
    after = again(before)
    assert (after.kept, after.told) == (before.kept, before.told)
    assert after.judge([9, 1, 55], 1089) == (None, [])
    assert after.judge([9, 1, 55], 1090) == (EVENT, [])
    assert after.judge([1, 1, 50], 1599) == (None, [])
    assert after.judge([1, 1, 50], 1600) == (EVENT, [("a", 0, 1)])


def test_an_alarm_is_kept_whose_rule_is_gone():
    before = Rules({1: rule(above=5)}, POINTS)
    before.judge([0, 9, 0], 7)
    before.rules = {}
    assert again(before).judge([0, 9, 0], 60) == (EVENT, [("b", 0, 9)])


def test_an_old_alarm_is_kept():
    before = Rules({0: rule(above=5)}, POINTS)
    before.judge([9, 0, 0], 0)
    before.reported([9, 0, 0], 10_000_000)
    assert again(before).judge([1, 0, 0], 10_000_060)[1] == [("a", 0, 1)]


def test_what_another_board_kept_is_forgotten():
    before = Rules({0: rule(above=5)}, POINTS)
    before.judge([9, 0, 0], 0)
    before.reported([9, 0, 0], 0)
    kept = before.kept
    for size in range(len(kept)):
        assert Rules(before.rules, POINTS, kept[:size]).kept == Rules(before.rules, POINTS).kept
    assert Rules(before.rules, POINTS, kept, before.told).kept == kept
    assert Rules(before.rules, POINTS[:2], kept).kept == Rules(before.rules, POINTS[:2]).kept


def test_an_alarm_is_known_after_power_was_off():
    before = Rules({0: rule(above=5, min_s=86_400)}, POINTS)
    before.judge([9, 0, 0], 3000)
    told = before.told
    assert again(before, b"").judge([9, 0, 0], 5) == (None, [])
    after = again(before, b"")
    assert after.judge([None, 0, 0], 5) == (None, [])
    assert again(after, told=told).judge([1, 0, 0], 65) == (EVENT, [("a", 0, 1)])
    assert after.judge([1, 0, 0], 65) == (EVENT, [("a", 0, 1)])
    assert after.told == set()


def test_what_may_not_have_been_told_is_told_with_the_first_value():
    before = Rules({0: rule(above=5, hysteresis=3)}, POINTS)
    before.judge([9, 0, 0], 0)
    unsure = {code | 1 for code in before.told}
    for value, active in ((9, 1), (4, 1), (2, 0)):
        after = again(before, b"", unsure)
        assert after.judge([None, 0, 0], 5) == (None, []) and after.told == unsure
        after = again(before, after.kept, after.told)  # a sleep
        assert after.judge([value, 0, 0], 65) == (EVENT, [("a", active, value)])
        assert after.told == (before.told if active else set())
        assert after.judge([value, 0, 0], 125) == (None, [])


def test_faults_are_none_of_its_numbers():
    assert Rules({}, POINTS, told={0 << 3 | 2, 1 << 3 | 4 | 1, 7 << 3 | 6}).told == set()
