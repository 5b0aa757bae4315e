from firmware.schedule.output import DAY_S, HELD_S, Output
from firmware.schedule.plan import CLOCK, Plan

DAY = 2000 * DAY_S
ON, OFF = DAY + 18 * 3600, DAY + 30 * 3600
SAFE = 55


def plan(rules=([0x3FF, 80, CLOCK, 18 * 60, CLOCK, 6 * 60],)):
    return Plan([0, 225431, 1140579], [0, list(rules), []])


def test_without_a_clock():
    assert Output(plan(), SAFE).level(None) == SAFE
    assert Output(plan(), 0).level(None) == 0


def test_without_a_plan():
    output = Output(None, SAFE)
    assert [output.level(None), output.level(ON), output.next_change(ON)] == [SAFE, SAFE, ON + DAY_S]
    output.command(25, ON)
    assert [output.level(ON + DAY_S - 1), output.level(ON + DAY_S)] == [25, SAFE]


def test_after_a_boot_the_right_level_is_there_at_once():
    for now, level in ((ON - 1, 0), (ON, 80), (OFF - 1, 80), (OFF, 0)):
        assert Output(plan(), SAFE).level(now) == level


def test_a_command_for_a_time():
    output = Output(plan(), SAFE)
    output.command(25, ON - 600, 1200)
    assert [output.level(ON - 600), output.level(ON + 599), output.level(ON + 600)] == [25, 25, 80]
    assert output.override is None


def test_a_command_until_the_next_change():
    output = Output(plan(), SAFE)
    output.command(25, ON + 60)
    assert output.next_change(ON + 60) == OFF
    assert [output.level(OFF - 1), output.level(OFF)] == [25, 0]


def test_a_command_ends_after_a_day_if_nothing_changes():
    output = Output(plan([]), SAFE)
    output.command(25, ON)
    assert [output.level(ON + DAY_S - 1), output.level(ON + DAY_S)] == [25, 0]


def test_a_command_is_released():
    output = Output(plan(), SAFE)
    output.command(0, ON, DAY_S)
    output.release()
    assert output.level(ON) == 80


def test_a_command_survives_a_reset():
    output = Output(plan(), SAFE)
    output.command(0, ON, 7200)
    again = Output(plan(), SAFE, override=output.override)
    assert again.level(None) == SAFE
    assert [again.level(ON + 60), again.level(ON + 7200)] == [0, 80]


def test_next_change():
    output = Output(plan(), SAFE)
    assert output.next_change(ON - 60) == ON
    output.command(25, ON - 60, 30)
    assert output.next_change(ON - 60) == ON - 30
    assert output.next_change(ON - 30) == ON
    output.command(25, ON - 30, 10 * DAY_S)
    assert output.next_change(ON - 30) == ON - 30 + DAY_S
    assert Output(plan([]), SAFE).next_change(ON) == ON + DAY_S


def test_a_clock_that_jumps():
    output = Output(plan(), SAFE)
    assert [output.level(ON - 7200), output.level(ON + 7200), output.level(ON - 7200)] == [0, 80, 0]


def test_a_clock_set_back_a_little_does_not_switch_twice():
    output = Output(plan(), SAFE)
    seen = [output.level(ON + s) for s in (-1, 0, -3, -2, -1, 0, 1)]
    assert seen == [0] + [80] * 6
    assert output.next_change(ON - 3) == OFF
    assert output.level(ON + 1 - HELD_S) == 0


def test_a_command_and_a_clock_that_jumps():
    for jump in (-30 * DAY_S, -3600, 3600, 30 * DAY_S):
        output = Output(plan(), SAFE)
        output.command(25, ON, 1200)
        output.clock_jumped(ON + 600, ON + 600 + jump)
        now = ON + 600 + jump
        assert [output.level(now), output.level(now + 599)] == [25, 25], jump
        assert output.level(now + 600) != 25
        output.command(25, now + 700)
        output.clock_jumped(now + 700, OFF - 60)
        assert [output.level(OFF - 60), output.level(OFF)] == [25, 0]


def test_the_first_setting_leaves_a_command_s_end_where_it_was():
    output = Output(plan(), SAFE, override=[25, ON + 600, False])
    output.clock_jumped(-631_000_000, ON)
    assert [output.level(ON + 599), output.level(ON + 600)] == [25, 80]
