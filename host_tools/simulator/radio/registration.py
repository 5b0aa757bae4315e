"""Registration: the search for a network, its answer to the attach, and what follows a reject."""

from collections.abc import Callable

from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.radio.link import Link
from host_tools.simulator.radio.rejects import AT_ONCE, retry_s

NOT_SEARCHING, HOME, SEARCHING, DENIED = 0, 1, 2, 3  # <stat> of +CEREG, 3GPP TS 27.007 10.1.22


class Registration:
    """`connect()` sets up a connection if there is none, `accepted()` is called before `stat` becomes HOME,
    `changed()` when `stat` has changed."""

    def __init__(
        self,
        queue: EventQueue,
        link: Link,
        connect: Callable[[], object],
        accepted: Callable[[], None],
        changed: Callable[[], None],
    ):
        self.stat = NOT_SEARCHING
        self.reject_cause: int | None = None  # of the last attach, if it was denied
        self.coverage = True
        self._queue = queue
        self._link = link
        self._connect = connect
        self._accepted = accepted
        self._changed = changed
        self._next: Event | None = None  # the next thing to happen on the way to the network
        self._attempts = 0

    def attach(self) -> None:
        if self.stat in (NOT_SEARCHING, DENIED):
            self._stop()
            self._set(SEARCHING)
            self.search()

    def search(self, pause_us: int = 0) -> None:
        """After the pause.  Without coverage this waits until it is called again."""
        if self.coverage:
            delay_us = pause_us + self._link.draw_us(self._link.level.attach_ms)
            self._next = self._queue.after(delay_us, self._found)

    def lose(self) -> None:
        """The network is out of sight."""
        self._stop()
        self._set(SEARCHING)

    def leave(self) -> None:
        """Registered no more, nor on the way to it."""
        self._stop()
        self._attempts = 0
        self._set(NOT_SEARCHING)

    def _stop(self) -> None:
        if self._next:
            self._next.cancel()

    def _found(self) -> None:
        self._set(SEARCHING)
        if not self.coverage:
            return  # it went away in the pause after a reject
        self._connect()
        self._next = self._queue.at(self._link.stands_us, self._answered)

    def _answered(self) -> None:
        """The network accepts the modem, or rejects it."""
        self._link.release_in(self._link.options.inactivity_ms)
        self.reject_cause = self._link.options.reject_cause
        if self.reject_cause is not None:
            self._rejected(self.reject_cause)
            return
        self._attempts = 0
        self._accepted()
        self._set(HOME)

    def _rejected(self, cause: int) -> None:
        self._attempts += 1
        again_s = retry_s(cause, self._attempts, self._link.options.congestion_s)
        if again_s is not None:
            self.search(again_s * 1_000_000)
        self._set(SEARCHING if cause in AT_ONCE else DENIED)

    def _set(self, stat: int) -> None:
        if stat != self.stat:
            self.stat = stat
            self._changed()
