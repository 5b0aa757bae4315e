"""The carrier's NAT, and the way from there to the server and back."""

import random
from collections.abc import Callable

from host_tools.simulator.internet import Address, Endpoint, Internet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.radio.link import Link, draw_us


class Mapping:
    """One port of the modem behind one public port, while datagrams keep it alive."""

    def __init__(self, endpoint: Endpoint, used_us: int):
        self.endpoint = endpoint
        self.used_us = used_us


class CoreNetwork:
    """Carries datagrams between the modem's ports and the `Internet`."""

    def __init__(self, queue: EventQueue, rng: random.Random, internet: Internet, link: Link):
        self.deliver: Callable[[int, bytes], None]  # port, data; set by who receives
        self._queue = queue
        self._rng = rng
        self._internet = internet
        self._link = link
        self._mappings: dict[int, Mapping] = {}

    def uplink(self, port: int, data: bytes, destination: Address) -> None:
        endpoint = self._endpoint(port)
        self._carry(lambda: endpoint.send(data, destination))

    def close(self, port: int) -> None:
        mapping = self._mappings.pop(port, None)
        if mapping:
            mapping.endpoint.close()

    def forget_all(self) -> None:
        for port in list(self._mappings):
            self.close(port)

    def _endpoint(self, port: int) -> Endpoint:
        """Only what goes out keeps a mapping alive (RFC 4787 4.3, REQ-6)."""
        if not self._alive(port):
            self.close(port)
            endpoint = self._internet.open(lambda data, _source: self._arrive(port, data))
            self._mappings[port] = Mapping(endpoint, self._queue.now_us)
        mapping = self._mappings[port]
        mapping.used_us = self._queue.now_us
        return mapping.endpoint

    def _alive(self, port: int) -> bool:
        mapping = self._mappings.get(port)
        timeout_us = self._link.options.nat_timeout_s * 1_000_000
        return mapping is not None and self._queue.now_us - mapping.used_us <= timeout_us

    def _arrive(self, port: int, data: bytes) -> None:
        self._carry(lambda: self.deliver(port, data) if self._alive(port) else None)

    def _carry(self, arrive: Callable[[], None]) -> None:
        """Over the internet: late, twice, or out of order."""
        options = self._link.options
        for _ in range(1 + (self._rng.random() < options.duplicate)):
            delay_us = draw_us(self._rng, options.core_ms)
            if self._rng.random() < options.reorder:
                delay_us += draw_us(self._rng, options.reorder_ms)
            self._queue.after(delay_us, arrive)
