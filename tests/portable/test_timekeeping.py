from firmware.timekeeping import (
    END,
    JUMP_S,
    KEPT,
    NETWORK,
    SERVER,
    START,
    UNKNOWN,
    Timekeeper,
)

BUILT = 200_000_000
NOW = 210_000_000
DAY_S = 86400


class DriftingClock:
    """A chip's clock that gains `ppm` on true seconds, which `wait` lets go by."""

    def __init__(self, seconds=START, ppm=0):
        self.seconds = seconds
        self._ppm = ppm
        self._rest = 0

    def wait(self, seconds):
        self._rest += seconds * (1_000_000 + self._ppm)
        self.seconds += self._rest // 1_000_000
        self._rest %= 1_000_000

    def read(self):
        return self.seconds

    def write(self, seconds):
        self.seconds = seconds


def synchronised(ppm=0, source=SERVER):
    clock = DriftingClock(ppm=ppm)
    keeper = Timekeeper(clock, BUILT)
    keeper.synchronise(NOW, source)
    return clock, keeper


def test_a_new_clock_knows_no_time():
    clock = DriftingClock()
    keeper = Timekeeper(clock, BUILT)
    clock.wait(100)
    assert (keeper.source, keeper.now(), keeper.stamp()) == (UNKNOWN, None, START + 100)


def test_a_stamp_fits_the_wire():
    assert -END < START < 0


def test_times_that_cannot_be():
    _, keeper = synchronised()
    for time in (0, -5, BUILT - 1, END):
        assert keeper.synchronise(time, SERVER) is None
        assert keeper.synchronise(time, SERVER) is None
    assert keeper.now() == NOW


def test_a_chip_that_shows_a_time_that_cannot_be_starts_again():
    for seconds in (0, BUILT - 1, END):
        clock = DriftingClock(seconds)
        keeper = Timekeeper(clock, BUILT)
        assert (keeper.now(), keeper.stamp()) == (None, START)


def test_small_corrections_are_none():
    clock, keeper = synchronised()
    for off in (-2, 2):
        assert keeper.synchronise(NOW + off, SERVER) is None
    assert keeper.synchronise(NOW + 3, SERVER) == (NOW, NOW + 3)
    assert clock.read() == NOW + 3


def test_a_jump_has_to_be_said_twice():
    for jump in (-DAY_S, JUMP_S + 1, 400 * DAY_S):
        clock, keeper = synchronised()
        assert keeper.synchronise(NOW + jump, SERVER) is None
        clock.wait(60)
        assert keeper.synchronise(NOW + jump + 60, SERVER) == (NOW + 60, NOW + jump + 60)
        assert keeper.now() == NOW + jump + 60


def test_two_different_jumps_are_not_the_same_said_twice():
    clock, keeper = synchronised()
    assert keeper.synchronise(NOW + DAY_S, SERVER) is None
    assert keeper.synchronise(NOW + DAY_S + 100, SERVER) is None
    assert keeper.synchronise(NOW, SERVER) is None
    assert keeper.synchronise(NOW + DAY_S + 100, SERVER) is None
    assert keeper.now() == clock.read() == NOW


def test_the_server_is_not_overruled_by_the_network():
    clock, keeper = synchronised()
    assert keeper.synchronise(NOW + 30, NETWORK) is None
    clock.wait(DAY_S)
    assert keeper.synchronise(NOW + DAY_S + 1, SERVER) is None
    clock.wait(DAY_S - 1)
    assert keeper.synchronise(NOW + 2 * DAY_S + 30, NETWORK) is None
    clock.wait(1)
    assert keeper.synchronise(NOW + 2 * DAY_S + 30, NETWORK)
    assert keeper.source == NETWORK


def test_the_network_is_corrected_by_the_server():
    _, keeper = synchronised(source=NETWORK)
    assert keeper.synchronise(NOW + 30, SERVER) == (NOW, NOW + 30)
    assert keeper.source == SERVER


def test_drift_is_measured_over_a_day_and_corrected():
    for ppm in (-50, 20, 50):
        clock, keeper = synchronised(ppm)
        clock.wait(2 * DAY_S)
        keeper.synchronise(NOW + 2 * DAY_S, SERVER)
        assert abs(keeper.drift_ppm + ppm) <= 6, ppm  # a second in two days
        clock.wait(3 * DAY_S)
        assert abs(keeper.now() - (NOW + 5 * DAY_S)) <= 3


def test_a_large_drift_is_measured_within_hours():
    """An RC oscillator that loses half a percent, and a node that speaks every six hours."""
    clock, keeper = synchronised(-5000)
    errors = []
    for hours in range(6, 49, 6):
        clock.wait(6 * 3600)
        true = NOW + 3600 * hours
        errors.append(abs(keeper.now() - true))
        keeper.synchronise(true, SERVER)
    assert errors[0] == 108
    assert max(errors[1:]) <= 3
    assert abs(keeper.drift_ppm - 5000) < 100


def test_what_is_no_drift():
    """Too soon, too little for hours, more than an oscillator does, a jump; and against a doubtful clock."""
    for seconds, step in ((3599, 60), (7200, 19), (3600, 73), (4 * DAY_S, JUMP_S + 1)):
        clock, keeper = synchronised()
        clock.wait(seconds)
        for _ in range(2):
            keeper.synchronise(NOW + seconds + step, SERVER)
        assert (keeper.now(), keeper.drift_ppm) == (NOW + seconds + step, 0), seconds
    clock = DriftingClock(NOW)
    keeper = Timekeeper(clock, BUILT)
    clock.wait(DAY_S)
    keeper.synchronise(NOW + DAY_S + 500, SERVER)
    assert keeper.drift_ppm == 0


def test_what_is_kept_over_sleep():
    clock, keeper = synchronised(-5000)
    clock.wait(6 * 3600)
    keeper.synchronise(NOW + 6 * 3600, SERVER)
    keeper = Timekeeper(clock, BUILT, keeper.kept)
    assert keeper.source == SERVER
    clock.wait(6 * 3600)
    assert abs(keeper.now() - (NOW + 12 * 3600)) <= 2


def test_what_is_kept_is_nothing_after_a_power_loss():
    _, keeper = synchronised(-5000)
    again = Timekeeper(DriftingClock(), BUILT, keeper.kept)
    assert (again.source, again.now()) == (UNKNOWN, None)


def test_a_clock_that_ran_through_a_reset_is_taken_but_believed_least():
    keeper = Timekeeper(DriftingClock(NOW), BUILT)
    assert (keeper.source, keeper.now()) == (KEPT, NOW)
    assert keeper.synchronise(NOW + DAY_S, NETWORK) == (NOW, NOW + DAY_S)
