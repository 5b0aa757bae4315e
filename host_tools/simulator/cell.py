"""The radio and the core network, as one modem meets them: attach, RRC, latency, loss, time.

A datagram's way: (access while RRC is idle) → uplink → the modem's endpoint in the `Internet`, and
back.  The radio keeps datagrams of one direction in order.  What PSM, eDRX, coverage levels and NAT
expiry do is not modelled: an idle modem can always be paged, and latencies are those of good coverage.
"""

import random
from dataclasses import dataclass
from typing import Protocol

from host_tools.simulator.internet import Address, Endpoint, Internet
from host_tools.simulator.kernel import Event, EventQueue

Spread = tuple[int, int, int]  # least, most likely, most: a triangular distribution

NOT_SEARCHING, HOME, SEARCHING, DENIED = 0, 1, 2, 3  # <stat> of +CEREG, 3GPP TS 27.007 10.1.22
RAI_NOTHING_FOLLOWS, RAI_ONE_DOWNLINK = 1, 2  # release assistance, 3GPP TS 24.301 9.9.4.25


@dataclass(frozen=True)
class CellOptions:
    """One network as a modem in good coverage (ECL0) meets it."""

    # UDP round trips measured with a BC95-G on two Norwegian networks (dataset NB-IoT-Performance,
    # T. Marzaki): median 2.4 s from idle, 5 % under 0.7 s, 5 % over 3.9 s.  The split into parts is ours.
    rrc_setup_ms: Spread = (200, 400, 1500)
    first_transfer_ms: Spread = (150, 500, 3900)  # what the first datagram after idle takes on top
    one_way_ms: Spread = (150, 200, 300)  # within a connection, each direction
    inactivity_ms: int = 20_000  # same dataset: connections of 23 s without release assistance
    rai_release_ms: int = 1000  # same dataset: connections of about 3 s with it
    downlink_loss: float = 0.0  # same dataset: 0.004 in good coverage
    uplink_loss: float = 0.0
    attach_ms: Spread = (2000, 5000, 15_000)  # assumed, for a known carrier; a full scan takes minutes
    paging_ms: Spread = (0, 1280, 2560)  # one DRX cycle of 2.56 s (3GPP TS 36.331 defaultPagingCycle rf256)
    reject_cause: int | None = None  # EMM cause (3GPP TS 24.301 9.9.3.9) with which attach is denied
    address: str = "10.170.235.216"
    # Network time when the board's time is 0, in seconds since 2020-01-01 UTC (this is the first second of
    # 2026); None: a network that never tells the time.
    utc_at_start: int | None = 189_388_800
    zone_quarters: int = 32  # quarters of an hour east of Greenwich
    cell_id: int = 0x06923252
    tracking_area: int = 0x69C9
    earfcn: int = 2506  # band 5
    band: int = 5
    physical_cell: int = 62
    rsrp_dbm: int = -84
    rsrq_db: int = -10
    snr_db: int = 12
    tx_power_dbm: int = 9


@dataclass(frozen=True)
class Signal:
    """What the modem measures of its cell."""

    rsrp_dbm: int
    rsrq_db: int
    rssi_dbm: int
    snr_db: int
    ecl: int


class RadioListener(Protocol):
    """What the cell tells a modem."""

    def on_registration(self) -> None:
        """`stat` has changed."""

    def on_rrc(self) -> None:
        """`connected` has changed."""

    def on_datagram(self, port: int, data: bytes) -> None:
        """A datagram for the modem's socket `port`."""


class Cell:
    """One modem's network.  The modem sets `listener`; `coverage` may be switched at any time."""

    def __init__(
        self, queue: EventQueue, rng: random.Random, internet: Internet, options: CellOptions | None = None
    ):
        self.options = options or CellOptions()
        self.listener: RadioListener
        self.stat = NOT_SEARCHING
        self.reject_cause: int | None = None  # of the last attach, if it was denied
        self.connected = False
        self._queue = queue
        self._rng = rng
        self._internet = internet
        self._coverage = True
        self._attaching: Event | None = None
        self._connecting: Event | None = None
        self._release: Event | None = None
        self._release_after_downlink = False
        self._connected_from_us = 0  # meaningful while connected or connecting
        self._uplink_free_us = self._downlink_free_us = 0
        self._endpoints: dict[int, Endpoint] = {}

    # -- registration

    @property
    def registered(self) -> bool:
        return self.stat == HOME

    @property
    def coverage(self) -> bool:
        return self._coverage

    @coverage.setter
    def coverage(self, present: bool) -> None:
        if present == self._coverage:
            return
        self._coverage = present
        if not present and self.stat in (HOME, SEARCHING):
            self._stop_searching()
            self._drop_connection()
            self._set_stat(SEARCHING)
        elif present and self.stat == SEARCHING:
            self._search()

    def attach(self) -> None:
        """Look for the network; the listener hears how it ends."""
        if self.stat in (NOT_SEARCHING, DENIED):
            self._set_stat(SEARCHING)
            self._search()

    def detach(self) -> None:
        """Radio off: context, address and public ports are gone."""
        self._stop_searching()
        self._drop_connection()
        for port in list(self._endpoints):
            self.close(port)
        self._set_stat(NOT_SEARCHING)

    def _search(self) -> None:
        """Without coverage this waits for coverage."""
        if self._coverage:
            self._attaching = self._queue.after(self._draw_us(self.options.attach_ms), self._found)

    def _stop_searching(self) -> None:
        if self._attaching:
            self._attaching.cancel()

    def _found(self) -> None:
        self._connect()
        self._attaching = self._queue.at(self._connected_from_us, self._attached)

    def _attached(self) -> None:
        self.reject_cause = self.options.reject_cause
        self._set_stat(HOME if self.reject_cause is None else DENIED)
        self._release_in(self.options.inactivity_ms)

    def _set_stat(self, stat: int) -> None:
        if stat != self.stat:
            self.stat = stat
            self.listener.on_registration()

    # -- RRC

    def _connect(self, extra_us: int = 0) -> bool:
        """Connect if idle; whether it was.  `_connected_from_us` tells when the connection stands."""
        if self._release:
            self._release.cancel()
        if self.connected or self._connecting:
            return False
        self._connected_from_us = self._queue.now_us + extra_us + self._draw_us(self.options.rrc_setup_ms)
        self._connecting = self._queue.at(self._connected_from_us, self._connection_stands)
        return True

    def _connection_stands(self) -> None:
        self._connecting = None
        self.connected = True
        self.listener.on_rrc()

    def _release_in(self, delay_ms: int) -> None:
        if self._release:
            self._release.cancel()
        self._release = self._queue.after(delay_ms * 1000, self._drop_connection)

    def _drop_connection(self) -> None:
        if self._release:
            self._release.cancel()
        if self._connecting:
            self._connecting.cancel()
            self._connecting = None
        self._release_after_downlink = False
        if self.connected:
            self.connected = False
            self.listener.on_rrc()

    # -- datagrams

    def send(self, port: int, data: bytes, destination: Address, rai: int = 0) -> bool:
        """Send from the modem's socket `port`; False without a network.  Delivery is not promised."""
        if not (self.registered and self._coverage):
            return False
        from_idle = self._connect()
        start_us = max(self._queue.now_us, self._connected_from_us)
        if from_idle:
            start_us += self._draw_us(self.options.first_transfer_ms)
        self._uplink_free_us = max(self._uplink_free_us, start_us + self._draw_us(self.options.one_way_ms))
        self._queue.at(self._uplink_free_us, lambda: self._uplink(port, data, destination, rai))
        return True

    def _uplink(self, port: int, data: bytes, destination: Address, rai: int) -> None:
        if not self.connected:
            return  # coverage or registration went away meanwhile
        self._release_after_downlink = rai == RAI_ONE_DOWNLINK
        nothing_follows = rai == RAI_NOTHING_FOLLOWS
        self._release_in(self.options.rai_release_ms if nothing_follows else self.options.inactivity_ms)
        if self._rng.random() >= self.options.uplink_loss:
            self._endpoint(port).send(data, destination)

    def _endpoint(self, port: int) -> Endpoint:
        if port not in self._endpoints:
            self._endpoints[port] = self._internet.open(lambda data, _source: self._page(port, data))
        return self._endpoints[port]

    def close(self, port: int) -> None:
        """The modem has closed its socket."""
        endpoint = self._endpoints.pop(port, None)
        if endpoint:
            endpoint.close()

    def _page(self, port: int, data: bytes) -> None:
        """A datagram has come from the internet."""
        if not (self.registered and self._coverage) or self._rng.random() < self.options.downlink_loss:
            return
        self._connect(0 if self.connected else self._draw_us(self.options.paging_ms))
        start_us = max(self._queue.now_us, self._connected_from_us)
        self._downlink_free_us = max(
            self._downlink_free_us, start_us + self._draw_us(self.options.one_way_ms)
        )
        self._queue.at(self._downlink_free_us, lambda: self._downlink(port, data))

    def _downlink(self, port: int, data: bytes) -> None:
        if self.connected:
            last = self._release_after_downlink
            self._release_in(self.options.rai_release_ms if last else self.options.inactivity_ms)
            self.listener.on_datagram(port, data)

    # -- what a modem asks

    def utc(self) -> int | None:
        """Seconds since 2020-01-01 UTC, as the network tells it to registered modems."""
        start = self.options.utc_at_start
        return None if start is None else start + self._queue.now_us // 1_000_000

    def signal(self) -> Signal | None:
        """A measurement, with the radio's 2 dB of unrest; None while no cell is in sight."""
        if not (self.registered and self._coverage):
            return None
        rsrp_dbm = self.options.rsrp_dbm + self._rng.randint(-2, 2)
        rsrq_db = self.options.rsrq_db + self._rng.randint(-1, 1)
        # NB-IoT has one resource block, so RSRQ = RSRP / RSSI (3GPP TS 36.214 5.1.24).
        return Signal(rsrp_dbm, rsrq_db, rsrp_dbm - rsrq_db, self.options.snr_db, ecl=0)

    def _draw_us(self, spread_ms: Spread) -> int:
        least, likely, most = spread_ms
        return int(self._rng.triangular(least, most, likely) * 1000)
