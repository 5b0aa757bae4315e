"""A UDP socket inside the modem."""

import asyncio
from binascii import hexlify, unhexlify
from collections import deque

from drivers.modem.dialogue import in_time
from protocols.at import fill, split_fields
from protocols.errors import DecodeError, EncodeError, ModemError

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

    def __init__(self, modem, host, port):
        self.host = host
        self.port = port
        self.number = None  # of the socket in the modem
        self.dropped = 0
        self._modem = modem
        self._queue = deque((), modem.profile.datagram_queue)
        self._stirred = asyncio.Event()
        self._announced = False
        self._suspected = False
        self._fault = None

    async def send(self, data, rai=RAI_NONE):
        """Hand `data` (up to `profile.datagram_limit` bytes) to the modem; returns when it has taken it.

        Raises ModemError if the modem refuses or has no network, LinkTimeout if it does not answer.
        """
        modem = self._modem
        profile = modem.profile
        if len(data) > profile.datagram_limit:
            raise EncodeError("too long for the modem: " + str(len(data)))
        self._raise_fault()
        await modem.wake()
        if self._suspected:
            await modem.renew(self)
            self._suspected = False
        hint = profile.rai[rai]
        send = fill(
            profile.send_udp,
            payload=data if profile.sends_raw else None,
            number=self.number,
            host=self.host,
            port=self.port,
            length=len(data),
            digits=2 * len(data),
            data="" if profile.sends_raw else hexlify(data).decode().upper(),
            rai=hint,
            sequence=modem.next_sequence(),
        )
        # Both in one go: the hint belongs to the modem's next datagram, whosever that is.
        await modem.run((fill(profile.set_rai, rai=hint), send) if rai and profile.set_rai else (send,))

    async def receive(self, timeout_ms):
        """The oldest datagram not yet fetched, or None if none comes in time."""
        if not self._queue and not self._announced:
            self._raise_fault()
            self._stirred.clear()
            await in_time(self._stirred.wait(), timeout_ms)
        if not self._queue:
            self._raise_fault()
            if self._modem.profile.read_udp:  # also after a silence: announcements get lost
                await self._read()
        return self._queue.popleft() if self._queue else None

    async def close(self):
        """Give the socket back to the modem; harmless if it is gone already."""
        if not self._fault:
            self.fail("this socket is closed")
            await self._modem.release(self.number)

    def suspect(self):
        """Open a new one in the modem before the next datagram.

        Call it when an exchange stayed unanswered: a network that translates addresses forgets the port of a
        node that was silent for long, and nothing tells the node.
        """
        self._suspected = True

    def stir(self):
        """Whoever waits in `receive` gets None, or what there is, now."""
        self._stirred.set()

    def announce(self):
        """The modem keeps something for this socket."""
        self._announced = True
        self._stirred.set()

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

    async def _read(self):
        """Fetch all that the modem keeps: it announces nothing more before that."""
        self._announced = False
        profile = self._modem.profile
        read = fill(profile.read_udp, number=self.number, length=profile.datagram_limit)
        while True:
            line = await self._modem.run((read,))
            if line == "OK":
                return
            try:
                self.deliver(unhexlify(split_fields(line)[profile.read_data]))
            except (ValueError, IndexError):
                raise DecodeError("not a datagram: " + line)

    def _raise_fault(self):
        if self._fault:
            raise ModemError(self._fault)
