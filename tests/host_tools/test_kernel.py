import threading

import pytest

from host_tools.simulator.kernel import DeadlockError, EventQueue, WallClock

TIMEOUT_S = 10


class Log:
    """A queue, and what has happened on it: (virtual time, name)."""

    def __init__(self):
        self.queue = EventQueue()
        self.seen = []

    def note(self, name):
        return lambda: self.seen.append((self.queue.now_us, name))


@pytest.fixture
def log():
    return Log()


def test_events_run_in_order_of_time_at_their_time(log):
    for delay_us in (30, 10, 20):
        log.queue.after(delay_us, log.note(delay_us))
    log.queue.run_until(100)
    assert log.seen == [(10, 10), (20, 20), (30, 30)]
    assert log.queue.now_us == 100


def test_ties_run_in_the_order_of_scheduling(log):
    log.queue.at(5, lambda: (log.note("a")(), log.queue.after(0, log.note("last"))))
    log.queue.at(5, log.note("b"))
    log.queue.at(5, log.note("c"))
    log.queue.run_until(5)
    assert [name for _, name in log.seen] == ["a", "b", "c", "last"]


def test_the_deadline_itself_belongs_to_the_run(log):
    log.queue.at(10, log.note("on"))
    log.queue.at(11, log.note("after"))
    log.queue.run_until(10)
    assert log.seen == [(10, "on")]


def test_what_is_scheduled_in_the_past_runs_now(log):
    log.queue.run_until(50)
    log.queue.at(10, log.note("late"))
    log.queue.run_until(60)
    assert log.seen == [(50, "late")]


def test_a_cancelled_event_does_not_run(log):
    first = log.queue.at(10, log.note("first"))
    second = log.queue.at(20, log.note("second"))
    log.queue.at(15, second.cancel)
    first.cancel()
    log.queue.run_until(30)
    assert log.seen == []
    second.cancel()  # once more is no error


def test_done_ends_the_run_at_that_moment(log):
    for when_us in (10, 20, 30):
        log.queue.at(when_us, log.note(when_us))
    log.queue.run_until(None, lambda: len(log.seen) == 2)
    assert log.queue.now_us == 20
    log.queue.run_until(None, lambda: True)
    assert log.queue.now_us == 20


def test_a_wait_that_nothing_can_end_is_an_error_in_virtual_time(log):
    log.queue.after(10, log.note("the last"))
    with pytest.raises(DeadlockError, match="waits for ever"):
        log.queue.run_until(None)
    assert log.seen == [(10, "the last")]


def test_events_within_the_price_of_a_call_run_at_their_time(log):
    log.queue.at(15, log.note("due"))
    log.queue.elapse(10)
    assert log.seen == []
    log.queue.elapse(10)
    assert log.seen == [(15, "due")]
    assert log.queue.now_us == 20


def test_an_event_may_run_the_queue(log):
    """A part that blocks inside an event sees later events at their times."""
    log.queue.at(20, log.note("later"))
    log.queue.at(10, lambda: (log.queue.run_until(30), log.note("blocked until")()))
    log.queue.run_until(40)
    assert log.seen == [(20, "later"), (30, "blocked until")]


def test_injected_work_runs_on_the_waiting_thread_in_order():
    queue = EventQueue(WallClock())
    seen = []

    def inject():
        for number in range(100):
            queue.inject(lambda number=number: seen.append((number, threading.current_thread())))

    injector = threading.Thread(target=inject)
    queue.inject(injector.start)
    queue.run_until(None, lambda: len(seen) == 100)
    injector.join()
    assert seen == [(number, threading.current_thread()) for number in range(100)]


def test_wall_time_passes_between_events():
    clock = WallClock()
    queue = EventQueue(clock)
    seen = []
    queue.after(2000, lambda: seen.append(clock.now_us()))
    queue.run_until(4000)
    assert seen[0] >= 2000
    assert clock.now_us() >= queue.now_us >= 4000


def test_after_a_busy_time_late_events_run_in_order_at_their_own_times():
    clock = WallClock()
    queue = EventQueue(clock)
    seen = []
    for when_us in (200, 100):
        queue.at(when_us, lambda: seen.append(queue.now_us))
    while clock.now_us() < 300:
        pass
    queue.elapse(20)
    assert seen == [100, 200]
    assert queue.now_us >= 300
