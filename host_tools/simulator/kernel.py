"""Time for one simulated board: an event queue, and the clock that moves it.

Each board has its own queue; everything on the board (VM, chip, buses, modem, parts) shares it.
Times are integer microseconds since the board's power came on.  With `VirtualClock` the queue
jumps from event to event; with `WallClock` it waits for real time to catch up, and other threads
(sockets, serial ports) may hand in work with `inject`.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable

Action = Callable[[], None]


class Event:
    """A scheduled action; `cancel` makes it a no-op."""

    __slots__ = ("action", "when_us")

    def __init__(self, when_us: int, action: Action):
        self.when_us = when_us
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


class VirtualClock:
    """Time goes as fast as the events allow; nothing comes from outside."""

    patience_us: int | None = 30_000_000  # for a program that only computes: nobody can press Ctrl-C

    def wait(self, _now_us: int, until_us: int | None) -> int:
        if until_us is None:
            raise DeadlockError(
                "the board waits for ever: no event is due, and nothing can come from outside"
            )
        return until_us

    def after_cost(self, now_us: int, cost_us: int) -> int:
        return now_us + cost_us

    def wake(self) -> None:
        pass


class WallClock:
    """Real time; `wake` ends a wait early because another thread has work for the board."""

    patience_us = None

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._woken = threading.Event()

    def now_us(self) -> int:
        return int((time.monotonic() - self._started) * 1_000_000)

    def wait(self, _now_us: int, until_us: int | None) -> int:
        if until_us is None:
            self._woken.wait()
        elif (left_us := until_us - self.now_us()) > 0:
            self._woken.wait(left_us / 1_000_000)
        self._woken.clear()
        return self.now_us() if until_us is None else min(until_us, self.now_us())

    def after_cost(self, now_us: int, _cost_us: int) -> int:
        return max(now_us, self.now_us())  # real time has passed by itself

    def wake(self) -> None:
        self._woken.set()


class DeadlockError(RuntimeError):
    """Virtual time cannot go on: the board waits and no event will ever end its wait."""


class EventQueue:
    """Events of one board in time order; ties run in the order in which they were scheduled."""

    def __init__(self, clock: VirtualClock | WallClock | None = None):
        self.clock = clock or VirtualClock()
        self.now_us = 0
        self._heap: list[tuple[int, int, Event]] = []
        self._order = itertools.count()
        self._injected: deque[Action] = deque()

    def at(self, when_us: int, action: Action) -> Event:
        """Run `action()` at `when_us`, or at once if that is past."""
        event = Event(max(when_us, self.now_us), action)
        heapq.heappush(self._heap, (event.when_us, next(self._order), event))
        return event

    def after(self, delay_us: int, action: Action) -> Event:
        return self.at(self.now_us + delay_us, action)

    def inject(self, action: Action) -> None:
        """Run `action()` on the board's thread as soon as it waits.  The one call for other threads."""
        self._injected.append(action)
        self.clock.wake()

    def elapse(self, cost_us: int) -> None:
        """The price of a host call: time passes, and what falls due runs.

        So a program that polls (the clock, a UART, a pin) sees the world go on.
        """
        self.run_until(self.clock.after_cost(self.now_us, cost_us))

    def run_until(self, deadline_us: int | None, done: Callable[[], bool] = lambda: False) -> None:
        """Run events until the deadline (None: no deadline) has come or `done()` is true."""
        while not done():
            while self._injected:
                self._injected.popleft()()
                if done():
                    return
            next_us = self._next_due()
            if next_us is not None and next_us <= self.now_us:
                self._run_next()
            elif deadline_us is not None and deadline_us <= self.now_us:
                return
            else:
                targets = [t for t in (next_us, deadline_us) if t is not None]
                self.now_us = max(self.now_us, self.clock.wait(self.now_us, min(targets, default=None)))

    def _next_due(self) -> int | None:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _run_next(self) -> None:
        event = heapq.heappop(self._heap)[2]
        action, event.action = event.action, None
        if action:
            action()
