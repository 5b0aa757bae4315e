from firmware.schedule.plan import CLOCK, DUSK, SUNRISE, SUNSET, ends_next_day
from firmware.schedule.rules import LAST_DAY, MAX_EXCEPTIONS, MAX_RULES, check_place, check_plan
from tests.portable.check import raises

EVERY_DAY = 0x3FF
SHENZHEN = [480, 225431, 1140579]
NIGHT = [EVERY_DAY, 100, SUNSET, 0, SUNRISE, 0]


def refusal(plan):
    return str(raises(ValueError, check_plan, plan))


def test_what_is_right_is_taken():
    check_place(SHENZHEN)
    check_plan([0, [], []])
    check_plan([0, [NIGHT] + [[1, 0, CLOCK, i, CLOCK, 1439] for i in range(MAX_RULES - 1)], []])
    check_plan([0, [[1, 0, DUSK, 180, CLOCK, 1439], [1, 0, SUNSET, -180, SUNRISE, 180]], []])
    check_plan([100, [NIGHT], [[10 * i, 10 * i + 9, i % 3] for i in range(MAX_EXCEPTIONS)]])
    check_plan([0, [], [[5, 5, 0], [0, 4, 1], [LAST_DAY, LAST_DAY, 2]]])


def test_a_wrong_place_is_refused():
    for place in (None, [480], [480, 225431, 1140579, 0], [841, 0, 0], [0, 700001, 0], [0, 0, 1800001]):
        raises(ValueError, check_place, place)
    assert str(raises(ValueError, check_place, [480, True, 0])) == "place: latitude is not -700000 to 700000"


def test_the_form_of_a_plan():
    assert refusal({}) == refusal([0, []]) == "a plan is not [level, rules, exceptions]"
    assert refusal([101, [], []]) == "plan: level is not 0 to 100"
    assert refusal([0, None, []]) == "not a list of at most 16 rules"
    assert refusal([0, [NIGHT] * 17, []]) == "not a list of at most 16 rules"
    assert refusal([0, [], [[1, 1, 0]] * 33]) == "not a list of at most 32 exceptions"


def test_the_form_of_a_rule():
    def with_field(index, value):
        rule = list(NIGHT)
        rule[index] = value
        return refusal([0, [NIGHT, rule], []])

    assert refusal([0, [NIGHT[:5]], []]) == "rule 0: not [days, level, event, minutes, event, minutes]"
    assert with_field(0, 0) == "rule 1: days is not 1 to 1023"
    assert with_field(0, 1024) == "rule 1: days is not 1 to 1023"
    assert with_field(1, -1) == "rule 1: level is not 0 to 100"
    assert with_field(1, 50.0) == "rule 1: level is not 0 to 100"
    assert with_field(2, DUSK + 1) == "rule 1: event is not 0 to 4"
    assert with_field(3, 1440) == "rule 1: minutes is not -180 to 1439"


def test_impossible_times():
    assert refusal([0, [[1, 0, CLOCK, -1, CLOCK, 0]], []]) == "rule 0: a time before midnight"
    assert refusal([0, [[1, 0, SUNSET, 0, CLOCK, -1]], []]) == "rule 0: a time before midnight"
    assert refusal([0, [[1, 0, SUNSET, 181, CLOCK, 0]], []]) == "rule 0: more than 180 minutes from the sun's"


def test_a_rule_that_an_earlier_one_hides():
    hidden = [0x1F, 50] + NIGHT[2:]
    assert refusal([0, [NIGHT, hidden], []]) == "rule 1: never applies, rule 0 has its days and times"
    check_plan([0, [hidden, NIGHT], []])


def test_exceptions_that_cannot_be():
    assert refusal([0, [], [[9, 8, 0]]]) == "an exception ends on day 8, before it starts"
    assert refusal([0, [], [[8, 9, 0], [1, 8, 1]]]) == "two exceptions on day 8"
    assert refusal([0, [], [[1, LAST_DAY + 1, 0]]]) == "exception 0: last is not 0 to 12426"
    assert refusal([0, [], [[1, 1, 3]]]) == "exception 0: kind is not 0 to 2"
    assert refusal([0, [], [7]]) == "exception 0: not [first, last, kind]"


def test_the_day_of_an_end():
    def over_night(*times):
        return ends_next_day([1, 0] + list(times))

    assert over_night(SUNSET, 0, SUNRISE, 0)
    assert over_night(SUNSET, 0, CLOCK, 60)
    assert over_night(CLOCK, 22 * 60, SUNRISE, 0)
    assert over_night(CLOCK, 0, CLOCK, 0)
    assert not over_night(SUNSET, 0, DUSK, 0)
    assert not over_night(SUNSET, 0, CLOCK, 23 * 60)
    assert not over_night(CLOCK, 0, SUNRISE, 0)
    assert not over_night(SUNRISE, -30, SUNRISE, 30)
