"""What lies behind the cell: UDP to servers inside the simulation, or to this machine's own.

The core network opens one endpoint for each socket of a modem, as a NAT gives each its public port.
Nothing here ever leaves the machine.
"""

import ipaddress
import itertools
import logging
import socket
import threading
from collections.abc import Callable
from typing import Protocol

from host_tools.collector.knocks import AGAIN_S
from host_tools.simulator.kernel import EventQueue

Address = tuple[str, int]
Deliver = Callable[[bytes, Address], None]  # data, source
Handler = Callable[[bytes, Address], list[bytes]]  # data, source -> what the server answers

log = logging.getLogger(__name__)


class Endpoint(Protocol):
    def send(self, data: bytes, destination: Address) -> None:
        """Best effort, as UDP is: no error ever comes back."""

    def close(self) -> None: ...


class Internet(Protocol):
    def open(self, deliver: Deliver) -> Endpoint:
        """A new public address; `deliver(data, source)` is called on the board's thread."""


class VirtualInternet:
    """Servers are functions in this process; time is the queue's.  A host may be any text, a name too."""

    def __init__(self, queue: EventQueue):
        self.queue = queue
        self.servers: dict[Address, Handler] = {}
        self._endpoints: dict[Address, VirtualEndpoint] = {}
        self._ports = itertools.cycle(range(49152, 65536))  # RFC 6335 6: the dynamic ports

    def serve(self, address: Address, handler: Handler) -> None:
        """Datagrams to `address` go to `handler`; what it returns goes back to their source."""
        self.servers[address] = handler

    def open(self, deliver: Deliver) -> "VirtualEndpoint":
        endpoint = VirtualEndpoint(self, ("198.51.100.1", next(self._ports)), deliver)
        self._endpoints[endpoint.address] = endpoint
        return endpoint

    def knock(self, server: Address, knocks: Callable[[], list[tuple[bytes, Address]]]) -> None:
        """Send what `server` has unasked: `knocks()`, and again after a while as long as it gives any.

        Whoever is not there any more does not get it.
        """
        datagrams = knocks()
        for data, destination in datagrams:
            endpoint = self._endpoints.get(destination)
            if endpoint:
                self.queue.after(0, lambda data=data, endpoint=endpoint: endpoint.arrive(data, server))
        if datagrams:
            self.queue.after(AGAIN_S * 1_000_000, lambda: self.knock(server, knocks))

    def forget(self, endpoint: "VirtualEndpoint") -> None:
        if self._endpoints.get(endpoint.address) is endpoint:
            del self._endpoints[endpoint.address]


class VirtualEndpoint:
    def __init__(self, internet: VirtualInternet, address: Address, deliver: Deliver):
        self.address = address
        self._internet = internet
        self._deliver: Deliver | None = deliver

    def send(self, data: bytes, destination: Address) -> None:
        handler = self._internet.servers.get(destination)
        if handler and self._deliver:
            for answer in handler(data, self.address):
                self._internet.queue.after(0, lambda answer=answer: self.arrive(answer, destination))

    def close(self) -> None:
        self._deliver = None
        self._internet.forget(self)

    def arrive(self, data: bytes, source: Address) -> None:
        if self._deliver:
            self._deliver(data, source)


class LoopbackInternet:
    """Real UDP, to real servers on this machine only: what is meant for elsewhere is dropped and counted."""

    def __init__(self, queue: EventQueue):
        self.queue = queue
        self.refused = 0

    def open(self, deliver: Deliver) -> "LoopbackEndpoint":
        return LoopbackEndpoint(self, deliver)

    def loopback_host(self, host: str) -> str | None:
        """`host` as a numeric loopback address; None, counted and logged once, if it is elsewhere."""
        try:
            address = ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host)
        except ValueError:  # a name: resolving it would ask the real internet
            address = None
        if address and address.is_loopback:
            return str(address)
        if not self.refused:
            log.warning("simulated modems reach only 127.0.0.1; dropped a datagram to %s", host)
        self.refused += 1
        return None


class LoopbackEndpoint:
    """A socket, and a thread that hands what arrives to the board's queue."""

    MAX_DATAGRAM = 65535

    def __init__(self, internet: LoopbackInternet, deliver: Deliver):
        self._internet = internet
        self._deliver = deliver
        self._open = True
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._receive, name="loopback internet", daemon=True)
        self._thread.start()

    def send(self, data: bytes, destination: Address) -> None:
        host = self._internet.loopback_host(destination[0])
        if host and self._open:
            self._socket.sendto(data, (host, destination[1]))

    def close(self) -> None:
        if self._open:
            self._open = False
            self._socket.sendto(b"", self._socket.getsockname())  # ends the thread's wait
            self._thread.join()
            self._socket.close()

    def _receive(self) -> None:
        while self._open:
            try:
                data, source = self._socket.recvfrom(self.MAX_DATAGRAM)
            except ConnectionError:  # Windows reports an earlier datagram's refused port here
                continue
            self._internet.queue.inject(lambda data=data, source=source: self._hand_over(data, source))

    def _hand_over(self, data: bytes, source: Address) -> None:
        if self._open:
            self._deliver(data, source)
