"""PSM and eDRX of one modem: asked for, granted, entered and left; and the updates that go with it."""

import dataclasses
from collections.abc import Callable

from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.radio.grants import PowerSaving, grant
from host_tools.simulator.radio.idle import IdleTimers, next_paging_us
from host_tools.simulator.radio.link import Link

PAGING_OFFSETS_US = 10**10  # more than the longest eDRX cycle


class PowerSaver:
    """`reach()`: the modem wants to transmit, whether it can; `connect()`: see `Link.connect`;
    `power_save_changed()` and `granted_changed()` are called when that has happened."""

    def __init__(
        self,
        queue: EventQueue,
        link: Link,
        reach: Callable[[], bool],
        connect: Callable[[], bool],
        power_save_changed: Callable[[], None],
        granted_changed: Callable[[], None],
    ):
        self.granted = PowerSaving()
        self.power_save = False  # in PSM
        self._queue = queue
        self._link = link
        self._reach = reach
        self._connect = connect
        self._power_save_changed = power_save_changed
        self._granted_changed = granted_changed
        self._timers = IdleTimers(queue, lambda: self.set_power_save(True), self.update)
        self._paging_offset_us = int(link.uniform() * PAGING_OFFSETS_US)
        self._asked = PowerSaving()
        self._asking: Event | None = None

    def ask(self, registered: bool, **wishes: int | None) -> None:
        """A registered modem tells the network at once, by an update (3GPP TS 24.301 5.5.3.2.2)."""
        before, self._asked = self._asked, dataclasses.replace(self._asked, **wishes)
        if self._asked != before and registered:
            if self._asking:
                self._asking.cancel()
            self._asking = self._queue.after(0, self.update)

    def grant(self) -> bool:
        """Whether what is granted has changed."""
        before, options = self.granted, self._link.options
        self.granted = grant(self._asked, options.psm_grant, options.edrx_grant)
        return self.granted != before

    def forget(self) -> None:
        """The registration is over."""
        self._timers.stop()
        self.granted = PowerSaving()
        self.set_power_save(False)

    def start_timers(self) -> None:
        """A connection is over."""
        self._timers.start(self.granted, self._link.options.periodic_tau_s)

    def stop_timers(self) -> None:
        self._timers.stop()

    def set_power_save(self, power_save: bool) -> None:
        if power_save != self.power_save:
            self.power_save = power_save
            self._power_save_changed()

    def update(self) -> None:
        """A tracking area update."""
        if not self._reach():
            return
        from_idle = self._connect()
        way_us = self._link.draw_us(self._link.level.one_way_ms)
        done_us = max(self._queue.now_us, self._link.stands_us) + way_us
        self._queue.at(done_us, lambda: self._updated(from_idle))

    def listens_us(self) -> int | None:
        """When the idle modem listens next; None: not before it wakes by itself."""
        if self.power_save:
            return None
        cycle_ms = self._link.options.paging_cycle_ms
        return next_paging_us(self._queue.now_us, self._paging_offset_us, cycle_ms, self.granted)

    def _updated(self, from_idle: bool) -> None:
        if not self._link.connected:
            return
        options = self._link.options
        self._link.release_in(options.tau_ms if from_idle else options.inactivity_ms)
        if self.grant():
            self._granted_changed()
