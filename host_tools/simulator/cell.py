"""The radio and the core network, as one modem meets them: registration, connection, datagrams, time.

A datagram's way: (access while RRC is idle) → uplink → the carrier's NAT → the `Internet`, and back.  The
radio keeps datagrams of one direction in order; what lies behind it may not.  How good the coverage is
decides how long all of it takes.  A modem that is idle can be paged; in PSM it cannot.  What is not
modelled: handover within a connection (a cell change interrupts it), and a modem that searches does so
without a pause.
"""

import ipaddress
import random
from typing import Protocol

from host_tools.simulator.internet import Address, Internet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.radio.activity import Activity, ActivityMeter
from host_tools.simulator.radio.core_network import CoreNetwork
from host_tools.simulator.radio.coverage import Signal
from host_tools.simulator.radio.grants import PowerSaving
from host_tools.simulator.radio.link import Link
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.radio.power_saver import PowerSaver
from host_tools.simulator.radio.registration import DENIED, HOME, NOT_SEARCHING, SEARCHING, Registration
from host_tools.simulator.radio.traffic import Traffic

__all__ = ["DENIED", "HOME", "NOT_SEARCHING", "SEARCHING", "Cell", "CellOptions", "PowerSaving", "Signal"]


class RadioListener(Protocol):
    """What the cell tells a modem."""

    def on_registration(self) -> None:
        """`stat`, `granted`, or the cell's number has changed."""

    def on_rrc(self) -> None:
        """`connected` has changed."""

    def on_datagram(self, port: int, data: bytes) -> None:
        """A datagram for the modem's socket `port`."""

    def on_power_save(self) -> None:
        """`power_save` has changed."""

    def on_address(self) -> None:
        """`address` has changed while the modem was registered."""


class Cell:
    """One modem's network.  The modem sets `listener`; `coverage` and `options` may change at any time."""

    def __init__(
        self, queue: EventQueue, rng: random.Random, internet: Internet, options: CellOptions | None = None
    ):
        options = options or CellOptions()
        self.listener: RadioListener
        self.address = options.address
        self._queue = queue
        self._activity = ActivityMeter(queue, self._base_activity)
        self.observers = self._activity.observers
        self._link = Link(queue, rng, options, self._connection_changed, self._activity.transmit)
        self._registration = Registration(
            queue, self._link, self._connect, self._accepted, self._stat_changed
        )
        self._saver = PowerSaver(
            queue,
            self._link,
            self._reach_network,
            self._connect,
            self._power_save_changed,
            lambda: self.listener.on_registration(),
        )
        self._traffic = Traffic(
            queue,
            self._link,
            CoreNetwork(queue, rng, internet, self._link),
            lambda: self._saver.listens_us() if self.registered else None,
            self._page,
            lambda port, data: self.listener.on_datagram(port, data),
        )
        self._detached_in_psm: bool | None = None  # by the network; whether it wants the modem back
        self._reselected_in_psm: tuple[int, int | None] | None = None

    @property
    def options(self) -> CellOptions:
        return self._link.options

    @options.setter
    def options(self, options: CellOptions) -> None:
        self._link.options = options

    # -- what a modem sees

    @property
    def connected(self) -> bool:
        return self._link.connected

    @property
    def activity(self) -> Activity:
        return self._activity.now

    @property
    def tx_power_dbm(self) -> int:
        return self._link.place.tx_power_dbm(self.options)

    def utc(self) -> int | None:
        """Seconds since 2020-01-01 UTC, as the network tells it to registered modems."""
        start = self.options.utc_at_start
        if start is None:
            return None
        return start + self.options.utc_error_s + self._queue.now_us // 1_000_000

    def signal(self) -> Signal | None:
        """A measurement; None while no cell is in sight, or in PSM."""
        if not self._in_touch or self.power_save:
            return None
        return self._link.place.measure(self.options)

    # -- registration

    @property
    def stat(self) -> int:
        return self._registration.stat

    @property
    def reject_cause(self) -> int | None:
        """Of the last attach, if it was denied: the EMM cause."""
        return self._registration.reject_cause

    @property
    def registered(self) -> bool:
        return self.stat == HOME

    @property
    def coverage(self) -> bool:
        return self._registration.coverage

    @coverage.setter
    def coverage(self, present: bool) -> None:
        """A modem in PSM notices when it wakes."""
        if present == self.coverage:
            return
        self._registration.coverage = present
        if not present and self.stat in (HOME, SEARCHING) and not self.power_save:
            self._lose_network()
        elif present and self.stat == SEARCHING:
            self._registration.search()

    @property
    def _in_touch(self) -> bool:
        return self.registered and self.coverage

    def attach(self) -> None:
        """Look for the network; the listener hears how it ends."""
        self._registration.attach()

    def detach(self) -> None:
        """Radio off: context, address and public ports are gone."""
        self._detached_in_psm = None
        self._link.drop()
        self._traffic.forget_all()
        self._saver.forget()
        self._registration.leave()

    def _lose_network(self) -> None:
        self._link.drop()
        self._saver.stop_timers()
        self._registration.lose()

    def _accepted(self) -> None:
        if self.options.new_address:
            self.change_address()
        self._saver.grant()

    def _stat_changed(self) -> None:
        self._activity.update()
        self.listener.on_registration()

    # -- power saving

    @property
    def granted(self) -> PowerSaving:
        return self._saver.granted

    @property
    def power_save(self) -> bool:
        """In PSM: registered, with the radio off."""
        return self._saver.power_save

    def ask_psm(self, active_s: int | None, periodic_s: int | None) -> None:
        """T3324 and T3412 as the modem wishes them; None, None: no PSM."""
        self._saver.ask(self.registered, active_s=active_s, periodic_s=periodic_s)

    def ask_edrx(self, cycle_ms: int | None, paging_window_ms: int | None) -> None:
        self._saver.ask(self.registered, edrx_ms=cycle_ms, paging_window_ms=paging_window_ms)

    def wake(self) -> None:
        """Leave PSM, by an update."""
        if self.power_save:
            self._saver.update()

    def _power_save_changed(self) -> None:
        if self.power_save:
            self._traffic.on_power_save()
        self._activity.update()
        self.listener.on_power_save()

    def _reach_network(self) -> bool:
        """A registered modem wants to transmit: if need be it wakes, and learns what it missed."""
        if not self.registered:
            return False
        self._saver.set_power_save(False)
        if self._reselected_in_psm:
            self.reselect(*self._reselected_in_psm)
        if self._detached_in_psm is not None:
            self.operator_detach(self._detached_in_psm)
        elif not self.coverage:
            self._lose_network()
        return self._in_touch

    # -- connection and datagrams

    def _connection_changed(self) -> None:
        if self.connected:
            self._traffic.on_connection()
        elif self.registered:
            self._saver.start_timers()
        self._activity.update()
        self.listener.on_rrc()

    def _base_activity(self) -> Activity:
        if not self._link.idle:
            return Activity.RECEIVING
        if self.stat == SEARCHING:
            return Activity.SEARCHING
        if self.power_save:
            return Activity.PSM
        if self.stat == NOT_SEARCHING:
            return Activity.OFF
        return Activity.IDLE if self.granted.edrx_ms is None else Activity.EDRX

    def send(self, port: int, data: bytes, destination: Address, rai: int = 0) -> bool:
        """Send from the modem's socket `port`; False without a network.  Delivery is not promised."""
        if not self._reach_network():
            return False
        self._connect()
        self._traffic.send(port, data, destination, rai)
        return True

    def close(self, port: int) -> None:
        """The modem has closed its socket."""
        self._traffic.close(port)

    def _connect(self) -> bool:
        """Connect if idle; whether it was."""
        if not self._link.connect():
            return False
        self._traffic.connecting()
        self._saver.stop_timers()
        self._activity.update()
        return True

    def _page(self) -> None:
        if self._in_touch and not self.power_save:
            self._connect()

    # -- what the network does by itself

    def set(self, **changes: object) -> None:
        """Change some of the options."""
        self._link.set(**changes)

    def operator_detach(self, reattach: bool) -> None:
        """The network ends the registration; `reattach`: it wants the modem back at once.

        A modem in PSM learns of it when it wakes.
        """
        if not self.registered:
            return
        if self.power_save:
            self._detached_in_psm = reattach
            return
        self.detach()
        if reattach:
            self.attach()

    def reselect(self, cell_id: int, tracking_area: int | None = None) -> None:
        """The modem moves to another cell; in another area it has to tell the network.

        A modem in PSM learns of it when it wakes.
        """
        self._reselected_in_psm = (cell_id, tracking_area) if self.power_save else None
        if self.power_save:
            return
        same_area = tracking_area in (None, self.options.tracking_area)
        self.set(cell_id=cell_id, tracking_area=self.options.tracking_area if same_area else tracking_area)
        if self._in_touch:
            self._link.drop()
            self.listener.on_registration()
            if not same_area:
                self._saver.update()

    def change_address(self) -> None:
        """The modem gets another address within its registration; its old public ports are gone."""
        self.address = str(ipaddress.IPv4Address(self.address) + 1)
        self._traffic.forget_all()
        if self.registered:
            self.listener.on_address()
