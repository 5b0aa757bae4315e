"""A UDP socket inside the modem."""

import asyncio
from binascii import hexlify
from collections import deque

from drivers.modem.dialogue import in_time
from protocols.at import fill
from protocols.errors import EncodeError, ModemError

# Release assistance: what the network may expect after this datagram (3GPP TS 24.301 9.9.4.25).  It
# ends the connection in seconds instead of the base station's some twenty.
RAI_NONE = 0
RAI_NOTHING_FOLLOWS = 1
RAI_ONE_DOWNLINK = 2


class UdpSocket:
    """Made by `Modem.open_udp`.  One datagram in, one datagram out; the modem promises no delivery.

    When the modem closes the socket or restarts, `send` and `receive` raise ModemError from then on;
    open another.  `dropped` counts datagrams that nobody fetched in time.
    """

    def __init__(self, modem, number):
        self.number = number
        self.dropped = 0
        self._modem = modem
        self._queue = deque((), modem.profile.datagram_queue)
        self._stirred = asyncio.Event()
        self._fault = None

    async def send(self, data, rai=RAI_NONE):
        """Hand `data` (up to `profile.datagram_limit` bytes) to the modem; returns when it has taken it.

        Raises ModemError if the modem refuses or has no network, LinkTimeout if it does not answer.
        """
        profile = self._modem.profile
        if len(data) > profile.datagram_limit:
            raise EncodeError("a datagram of " + str(len(data)) + " bytes is too long for the modem")
        self._raise_fault()
        text = hexlify(data).decode().upper()
        send = fill(profile.send_udp, number=self.number, length=len(data), data=text)
        # Both in one go: the hint belongs to the modem's next datagram, whosever that is.
        await self._modem.run((fill(profile.set_rai, rai=rai), send) if rai else (send,))

    async def receive(self, timeout_ms):
        """The oldest datagram not yet fetched, or None if none comes in time."""
        if not self._queue:
            self._raise_fault()
            self._stirred.clear()
            if not await in_time(self._stirred.wait(), timeout_ms):
                return None
            if not self._queue:
                self._raise_fault()
        return self._queue.popleft()

    async def close(self):
        """Give the socket back to the modem; harmless if it is gone already."""
        if not self._fault:
            self.fail("this socket is closed")
            await self._modem.release(self.number)

    def deliver(self, data):
        """The modem has received `data` for this socket."""
        if len(self._queue) == self._modem.profile.datagram_queue:
            self.dropped += 1  # the deque lets go of the oldest
        self._queue.append(data)
        self._stirred.set()

    def fail(self, reason):
        """The socket is gone; whoever waits for it learns why."""
        self._fault = reason
        self._stirred.set()

    def _raise_fault(self):
        if self._fault:
            raise ModemError(self._fault)
