"""Covers whose state comes and goes: carried off twice within minutes, or in traffic with a dead contact."""

from tests.firmware.sleeper_bench import HOUR_S, sleeper
from tests.firmware.test_manhole_cover import events

CARRIED_S = 2 * HOUR_S


def test_what_is_missing_twice_within_ten_minutes_is_one_alarm():
    """`min_s` of the point: the end is told late, and so the second time is no news."""
    with sleeper() as bench:
        for minutes in (0, 4):
            bench.at(CARRIED_S + 60 * minutes, lambda: bench.world.cover.carry(120))
            bench.at(CARRIED_S + 60 * minutes + 140, lambda: bench.world.cover.tilt(0))
        bench.run(3.5)
        told = [event for event in events(bench) if event[1] == "missing"]
        assert [state for _, _, state, _ in told] == [1, 0]
        assert told[1][0] - told[0][0] >= 600


def test_a_dead_contact_under_traffic_does_not_wake_on_and_on():
    """2,900 vehicles a day, all on a cover that the node takes for open."""
    with sleeper() as bench:
        bench.world.cover.quiet = False
        bench.world.cover.traffic(gap_s=30)
        bench.at(CARRIED_S, lambda: setattr(bench.simulated.parts["cover"], "cut", True))
        bench.run(14.5)
        assert [event[1:3] for event in events(bench)] == [("cover_open", 1)]
        assert len(bench.wakes) < 14 + 30
        assert sum(bench.account.drawn_mah().values()) < 2
