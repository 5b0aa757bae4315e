"""Boards that live at the same time, in one virtual time: what happens on one is seen by the others in order.

A board's program cannot be left in the middle of a call, so each board has a thread; but only one of them
runs at any moment, the one whose next event is the earliest.  It goes on without a switch (which costs some
40 us) until another board's event comes first.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence

from host_tools.simulator.kernel import DeadlockError, EventQueue, VirtualClock

STACK_BYTES = 1 << 20  # of a board's thread; the VM's own stack takes half of it at most


class FleetClock(VirtualClock):
    """One board's view of the fleet's time; it asks for the baton before its time moves on."""

    def __init__(self, fleet: "Fleet"):
        self._fleet = fleet
        self.turn = threading.Semaphore(0)
        self.due_us: int | None = None  # when it wants to go on; None: something must be injected first
        self.ticket = 0  # of its latest entry in the fleet's line

    def wait(self, now_us: int, until_us: int | None) -> int:
        self._fleet.pass_baton(self, until_us)
        return max(now_us, self._fleet.now_us)

    def wake(self) -> None:
        """Another board has handed this one something: it goes on at that board's time."""
        self._fleet.hasten(self)


class Fleet:
    """Give each board the queue that `queue` makes, then `run` them."""

    def __init__(self) -> None:
        self.now_us = 0
        self._line: list[tuple[int, int, FleetClock]] = []
        self._tickets = itertools.count(1)
        self._clocks: list[FleetClock] = []
        self._finished = threading.Event()
        self._failure: BaseException | None = None

    def queue(self) -> EventQueue:
        """For one more board."""
        clock = FleetClock(self)
        self._clocks.append(clock)
        return EventQueue(clock)

    def run(self, lives: Sequence[Callable[[], object]]) -> None:
        """Run all boards, in the order of their queues, until each of the functions has returned.

        Raises what the first of them raised; the others are left where they are.
        """
        before = threading.stack_size(STACK_BYTES)
        try:
            for clock, life in zip(self._clocks, lives, strict=True):
                self._enter(clock, 0)
                threading.Thread(target=self._live, args=(clock, life), daemon=True).start()
        finally:
            threading.stack_size(before)
        self._next()
        self._finished.wait()
        if self._failure:
            raise self._failure

    def pass_baton(self, clock: FleetClock, until_us: int | None) -> None:
        """On the thread of the board that has it: returns when it is that board's turn again."""
        if until_us is not None and (not self._line or until_us < self._line[0][0]):
            self.now_us = until_us
            return
        self._enter(clock, until_us)
        self._next()
        clock.turn.acquire()

    def hasten(self, clock: FleetClock) -> None:
        if clock.ticket and (clock.due_us is None or clock.due_us > self.now_us):
            self._enter(clock, self.now_us)

    def _enter(self, clock: FleetClock, due_us: int | None) -> None:
        clock.due_us = due_us
        clock.ticket = next(self._tickets)
        if due_us is not None:
            heapq.heappush(self._line, (due_us, clock.ticket, clock))

    def _next(self) -> None:
        """Wake the board whose time is the earliest."""
        while self._line:
            due_us, ticket, clock = heapq.heappop(self._line)
            if ticket == clock.ticket:  # else it has entered the line again, earlier
                self.now_us = max(self.now_us, due_us)
                clock.ticket = 0
                clock.turn.release()
                return
        waiting = [clock for clock in self._clocks if clock.ticket]
        self._failure = DeadlockError(f"{len(waiting)} boards wait for ever") if waiting else None
        self._finished.set()

    def _live(self, clock: FleetClock, life: Callable[[], object]) -> None:
        clock.turn.acquire()
        try:
            life()
        except BaseException as failure:  # it belongs to the caller of `run`, not to this thread
            self._failure = failure
            self._finished.set()
        else:
            self._next()
