"""What the modem does between connections: paging occasions, PSM, and the periodic update."""

from collections.abc import Callable

from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.radio.grants import PowerSaving


class IdleTimers:
    """T3324 and T3412: both run from the release of a connection (3GPP TS 24.301 5.3.5 and 5.3.11)."""

    def __init__(self, queue: EventQueue, enter_psm: Callable[[], None], update: Callable[[], None]):
        self._queue = queue
        self._enter_psm = enter_psm
        self._update = update
        self._running: list[Event] = []

    def start(self, granted: PowerSaving, periodic_s: int) -> None:
        """periodic_s: T3412 where none was granted."""
        self.stop()
        until_update_s = periodic_s if granted.periodic_s is None else granted.periodic_s
        self._running = [self._queue.after(until_update_s * 1_000_000, self._update)]
        if granted.active_s is not None:
            self._running.append(self._queue.after(granted.active_s * 1_000_000, self._enter_psm))

    def stop(self) -> None:
        for event in self._running:
            event.cancel()


def next_paging_us(now_us: int, offset_us: int, paging_cycle_ms: int, granted: PowerSaving) -> int:
    """When an idle modem listens next; `offset_us` is its own place within all cycles.

    With eDRX it listens at the occasions of one window a cycle (3GPP TS 36.304 7.3).
    """
    cycle_us = paging_cycle_ms * 1000
    since_us = now_us + offset_us
    occasion_us = now_us + -since_us % cycle_us
    if granted.edrx_ms is None:
        return occasion_us
    edrx_us = granted.edrx_ms * 1000
    into_us = (occasion_us + offset_us) % edrx_us
    if into_us < (granted.paging_window_ms or 0) * 1000:
        return occasion_us
    return now_us + -since_us % edrx_us
