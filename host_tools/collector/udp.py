"""The collector on a UDP socket."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable

from host_tools.collector.core import Collector
from protocols.coap.numbers import PORT

log = logging.getLogger(__name__)

KNOCK_S = 1  # how often new commands are looked for, which other processes have put into the database

Address = tuple  # (host, port), with two more fields for IPv6


class _Socket(asyncio.DatagramProtocol):
    """Feeds the core one datagram at a time; its commit to disk holds up the next."""

    def __init__(self, core: Collector):
        self._core = core
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, source: Address) -> None:
        try:
            replies = self._core.datagram(data, source)
        except Exception:  # a full disk, say: this node gets no answer and sends again; the others go on
            log.exception("could not take a datagram of %s", source)
            return
        for reply in replies:
            self._transport.sendto(reply, source)

    def knock(self) -> None:
        """Tell nodes that listen of what is waiting for them."""
        try:
            knocks = self._core.knocks()
        except Exception:  # the database is locked for too long, say
            log.exception("could not look for new commands")
            return
        for datagram, source in knocks:
            self._transport.sendto(datagram, source)

    def error_received(self, error: OSError) -> None:
        log.info("a node is not reachable: %s", error)


async def serve(
    core: Collector,
    host: str = "0.0.0.0",
    port: int = PORT,
    listening: Callable[[Address], None] = lambda address: None,
) -> None:
    """Serve until cancelled, or until SIGINT or SIGTERM where the system has signals.

    `listening` is called with the bound address (with port 0 the system chooses one).  OSError: the
    address is in use or not ours.
    """
    loop = asyncio.get_running_loop()
    transport, udp = await loop.create_datagram_endpoint(lambda: _Socket(core), local_addr=(host, port))
    knocking = loop.create_task(_knock(udp))
    try:
        stop = _stop_signal(loop)  # before anyone knows that we are here, and may end us
        listening(transport.get_extra_info("sockname"))
        await stop
    finally:
        knocking.cancel()
        transport.close()


async def _knock(udp: _Socket) -> None:
    while True:
        await asyncio.sleep(KNOCK_S)
        udp.knock()


def _stop_signal(loop: asyncio.AbstractEventLoop) -> asyncio.Future:
    """Done when SIGINT or SIGTERM comes."""
    stop = loop.create_future()
    with contextlib.suppress(NotImplementedError, RuntimeError):  # Windows, or not the main thread
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: stop.done() or stop.set_result(None))
    return stop
