"""Datagrams over one modem's connection: in order each way, with loss, and downlink when it listens."""

from collections import deque
from collections.abc import Callable

from host_tools.simulator.internet import Address
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.radio.core_network import CoreNetwork
from host_tools.simulator.radio.link import Link

RAI_NOTHING_FOLLOWS, RAI_ONE_DOWNLINK = 1, 2  # release assistance, 3GPP TS 24.301 9.9.4.25


class Traffic:
    """The cell connects before it calls `send`, and calls `on_connection` when the connection stands."""

    def __init__(
        self,
        queue: EventQueue,
        link: Link,
        core: CoreNetwork,
        listens_us: Callable[[], int | None],
        page: Callable[[], None],
        receive: Callable[[int, bytes], None],
    ):
        """listens_us(): when the idle modem can be paged, None: it cannot.  page(): then.

        receive(port, data): a datagram has reached the modem.
        """
        self._queue = queue
        self._link = link
        self._core = core
        core.deliver = self._arrive
        self._listens_us = listens_us
        self._page = page
        self._receive = receive
        self._fresh = False  # the first datagram of a connection takes longer
        self._release_after_downlink = False
        self._uplink_free_us = self._downlink_free_us = 0
        self._waiting: deque[tuple[int, bytes]] = deque()  # downlink, until the modem listens

    def close(self, port: int) -> None:
        self._core.close(port)

    def forget_all(self) -> None:
        """The address is gone, and all ports with it."""
        self._core.forget_all()
        self._waiting.clear()

    def connecting(self) -> None:
        """A connection is being set up."""
        self._fresh = True
        self._release_after_downlink = False

    # -- uplink

    def send(self, port: int, data: bytes, destination: Address, rai: int) -> None:
        link = self._link
        start_us = max(self._queue.now_us, link.stands_us)
        if self._fresh:
            self._fresh = False
            start_us += link.draw_us(link.level.first_transfer_ms)
        air_us = len(data) * 8 * 1_000_000 // link.level.uplink_bps
        arrives_us = start_us + link.draw_us(link.level.one_way_ms) + air_us
        self._uplink_free_us = max(self._uplink_free_us, arrives_us)
        link.transmit(self._uplink_free_us, air_us)
        self._queue.at(self._uplink_free_us, lambda: self._uplink(port, data, destination, rai))

    def _uplink(self, port: int, data: bytes, destination: Address, rai: int) -> None:
        link, options = self._link, self._link.options
        if not link.connected:
            return  # coverage or registration went away meanwhile
        if not link.happens(options.rai_honoured):
            rai = 0
        self._release_after_downlink = rai == RAI_ONE_DOWNLINK
        link.release_in(options.rai_release_ms if rai == RAI_NOTHING_FOLLOWS else options.inactivity_ms)
        if not link.loses(options.uplink_loss):
            self._core.uplink(port, data, destination)

    # -- downlink

    def on_connection(self) -> None:
        while self._waiting:
            self._deliver(*self._waiting.popleft())

    def on_power_save(self) -> None:
        """The core network gives up what it could not deliver."""
        self._waiting.clear()

    def _arrive(self, port: int, data: bytes) -> None:
        """A datagram has come from the internet."""
        listens_us = self._listens_us()
        if self._link.connected:
            self._deliver(port, data)
        elif listens_us is not None:
            self._waiting.append((port, data))
            self._queue.at(listens_us, self._page_if_waiting)
        elif len(self._waiting) < self._link.options.kept_in_psm:
            self._waiting.append((port, data))

    def _page_if_waiting(self) -> None:
        if self._waiting:
            self._page()

    def _deliver(self, port: int, data: bytes) -> None:
        arrives_us = self._queue.now_us + self._link.draw_us(self._link.level.one_way_ms)
        self._downlink_free_us = max(self._downlink_free_us, arrives_us)
        self._link.release_in(self._link.options.inactivity_ms)  # not before the modem has it
        self._queue.at(self._downlink_free_us, lambda: self._downlink(port, data))

    def _downlink(self, port: int, data: bytes) -> None:
        link, options = self._link, self._link.options
        if not link.connected:
            return
        link.release_in(options.rai_release_ms if self._release_after_downlink else options.inactivity_ms)
        if not link.loses(options.downlink_loss):
            self._receive(port, data)
