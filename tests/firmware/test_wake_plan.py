"""When a node that sleeps wakes next: the plan alone."""

from firmware.wake_plan import (
    EARLY_S,
    FIRST_RETRY_S,
    LONGEST_RETRY_S,
    NEVER,
    URGENT_RETRY_S,
    WakePlan,
    due,
)

PERIODS = (3600, 86_400, 21_600, 86_400)
CLOCK = 700


def new():
    plan = WakePlan(b"", PERIODS, CLOCK)
    plan.restart(0)
    return plan


def test_is_kept_over_sleep():
    plan = new()
    plan.wakes, plan.boot, plan.left_out = 70_000, 64, 1 << 21
    plan.undated = plan.configured = True
    plan.failed(10, 1023)
    again = WakePlan(plan.kept, (1, 1, 1, 1), 0)
    assert vars(again) == {**vars(plan), "wakes": 70_000 & 0xFFFF}
    assert again.periods == PERIODS and again.started == CLOCK
    assert len(plan.kept) < 64


def test_what_is_kept_of_another_length_is_nothing():
    for kept in (b"\0", new().kept[:-1], new().kept + b"\0"):
        assert vars(WakePlan(kept, PERIODS, CLOCK)) == vars(WakePlan(b"", PERIODS, CLOCK))


def test_a_start_has_everything_due():
    plan = new()
    assert due(plan.sample_at, 0) and due(plan.report_at, 0) and due(plan.send_at, 0)


def test_samples_are_counted_from_when_they_were_due():
    plan = new()
    plan.sampled(12, None)
    assert plan.sample_at == 3600
    plan.sampled(3600 - EARLY_S, None)
    assert plan.sample_at == 7200
    plan.sampled(4000, None)  # a pin woke it
    assert plan.sample_at == 7200
    plan.sampled(20_000, None)  # it was busy for hours
    assert plan.sample_at == 21_600


def test_samples_out_of_turn_are_counted_from_when_they_were_due():
    plan = new()
    plan.delivered(0)
    plan.sampled(4, 300)
    for due_at in range(300, 3300, 300):
        assert plan.again_at == due_at and plan.sleep_s(due_at - 290) == 290
        plan.sampled(due_at + 2, 300)
    plan.sampled(3302, 300)
    assert plan.again_at == 3600
    plan.sampled(3599, 300)  # it is the hour's as well
    assert (plan.again_at, plan.sample_at) == (3900, 7200)
    plan.sampled(5000, 300)  # it was busy for long
    assert plan.again_at == 5300


def test_a_sample_of_another_cause_serves_for_the_one_out_of_turn():
    plan = new()
    plan.sampled(0, 300)
    plan.sampled(100, 300)  # a pin woke it
    assert plan.again_at == 400
    plan.sampled(200, 20)
    assert plan.again_at == 220
    plan.sampled(210, None)
    assert plan.again_at == NEVER


def test_a_sample_out_of_turn_is_due_a_second_early_and_no_sooner():
    plan = new()
    plan.sampled(0, None)
    plan.sample_again(50, 300)
    plan.sample_again(60, 300)  # the sooner one holds
    plan.sample_again(60, None)
    assert plan.again_at == 350
    assert not plan.sample_is_due(348) and plan.sample_is_due(349)
    plan.sampled(349, 300)
    assert plan.again_at == 650


def test_reports_wait_for_company():
    plan = new()
    plan.delivered(0)
    assert plan.send_at == NEVER
    plan.sampled(0, None)
    assert plan.sleep_s(20) == 3580
    plan.stored(3600, False)
    assert plan.send_at == 21_600
    plan.stored(30_000, False)
    assert plan.send_at == 21_600
    plan.stored(30_001, True)
    assert plan.send_at == 30_001
    plan.delivered(30_001)
    plan.stored(70_000, False)  # the last contact was long ago
    assert plan.send_at == 70_000


def test_pauses_after_failures_double_up_to_an_end():
    for chance in (0, 1023):
        plan, pauses = new(), []
        for now in range(0, 12_000_000, 1_000_000):
            plan.failed(now, chance)
            pauses.append(plan.send_at - now)
        wanted = [min(FIRST_RETRY_S << n, LONGEST_RETRY_S) for n in range(12)]
        for pause_s, most_s in zip(pauses, wanted, strict=True):
            assert most_s // 2 <= pause_s <= most_s
        assert plan.failures == 12 and pauses == sorted(pauses)


def test_only_an_alarm_is_sent_before_the_pause_is_over():
    plan = new()
    plan.failed(0, 1023)
    retry_at = plan.send_at
    plan.stored(60, False)
    assert plan.send_at == retry_at
    plan.stored(70, True)
    assert plan.send_at == 70


def test_an_alarm_is_tried_each_hour_for_half_a_day():
    plan, pauses = new(), []
    plan.stored(0, True)
    for now in range(0, 40_000_000, 1_000_000):
        plan = WakePlan(plan.kept, PERIODS, CLOCK)
        plan.failed(now, 1023)
        pauses.append(plan.send_at - now)
    assert max(pauses[:16]) <= URGENT_RETRY_S
    assert 8 * 3600 < sum(pauses[:16]) < 16 * 3600
    assert min(pauses[16:]) > URGENT_RETRY_S
    plan.delivered(0)
    for _ in range(20):
        plan.failed(0, 1023)
    assert plan.send_at > URGENT_RETRY_S  # what is no alarm waits as ever
    plan.stored(100_000, True)
    plan.failed(100_000, 1023)
    assert plan.send_at < 100_000 + URGENT_RETRY_S  # however long the server has been away
    for _ in range(20):
        plan.failed(0, 1023)
    plan.stored(100_000, True)
    plan.failed(100_000, 1023)
    assert plan.send_at > 100_000 + URGENT_RETRY_S  # one that flickers does not begin anew


def test_sleep_is_never_nothing():
    plan = new()
    assert plan.sleep_s(5000) == 1


def test_a_shorter_period_holds_at_once():
    plan = new()
    plan.sampled(0, None)
    plan.reported(0)
    plan.configure((600, 1200, 0, 86_400), True, 30)
    assert (plan.sample_at, plan.report_at) == (630, 1230)
    plan.configure(PERIODS, False, 60)
    assert plan.sample_at == 630


def test_an_alarm_makes_health_due():
    plan = new()
    plan.told_health(0)
    plan.stored(100, urgent=False)
    assert plan.health_at > 1000
    plan.stored(100, urgent=True)
    assert plan.health_at == 100
