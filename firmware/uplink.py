"""Sends what is in the outbox: CoAP over the modem's UDP, until the server acknowledges.

Nothing leaves the outbox before that.  Trouble is answered with a pause that doubles, with jitter, so
that a whole street that lost the network does not come back in the same second.
"""

import asyncio
from random import getrandbits

from drivers.modem.udp import RAI_ONE_DOWNLINK
from firmware import report
from protocols import downlink
from protocols.coap import client
from protocols.coap.identifiers import Identifiers
from protocols.coap.numbers import BAD_REQUEST, CHANGED, dotted
from protocols.compat import sleep_ms, ticks_diff, ticks_ms
from protocols.errors import DecodeError, LinkTimeout, ModemError
from protocols.oscore.errors import OscoreError
from protocols.report.layout import MAX_REPORTS

FIRST_PAUSE_MS = 4_000
LONGEST_PAUSE_MS = 600_000
TRIES = 5  # of one message: a fresh context takes two, an Echo one more
REASON_LENGTH = 64  # bytes of what a server says that it refuses


class RefusedError(OSError):
    """The server answered, but does not take it."""


class Uplink:
    """`link` makes messages of payloads and payloads of messages: see `secure_link`.  `now()` is the time."""

    def __init__(self, modem, outbox, link, settings, now, log):
        self.outgoing = asyncio.Event()  # set when the outbox has something new
        self._modem = modem
        self._outbox = outbox
        self._link = link
        self._settings = settings
        self._now = now
        self._log = log
        self._socket = None
        self._identifiers = Identifiers(getrandbits)
        self._most = MAX_REPORTS  # records in one message; fewer while the culprit of a refusal is looked for
        self._pause_ms = FIRST_PAUSE_MS

    async def run(self, on_connected, on_downlink):
        """For ever.  on_connected(): the modem is registered; on_downlink(Downlink): an answer came."""
        while True:
            if self._outbox.empty():
                self.outgoing.clear()
                await self.outgoing.wait()
            try:
                await self._connect(on_connected)
                on_downlink(await self._deliver())
                self._pause_ms = FIRST_PAUSE_MS
            except (LinkTimeout, ModemError) as error:
                await self._give_up(error)
                await self._modem.recover(error)
            except (RefusedError, DecodeError, OscoreError, client.ResetError) as error:
                await self._give_up(error)
                await self._pause()

    async def _connect(self, on_connected):
        if self._modem.restarted.is_set() or not self._modem.registered:
            self._socket = None
            self._log("uplink: starting the modem")
            await self._modem.start()
            self._log("uplink: registered")
            await on_connected()
        if self._socket is None:
            self._socket = await self._modem.open_udp(self._settings.host, self._settings.port)

    async def _deliver(self):
        """One exchange; what the server has taken leaves the outbox.  Returns the Downlink."""
        records = self._outbox.next_batch(self._most, self._now())
        payload, reports, results = report.encode(records)
        response = await self._exchange(payload)
        self._modem.alive()
        if response.code != CHANGED:
            if response.code == BAD_REQUEST:
                self._single_out(reports + results)
            reason = response.payload[:REASON_LENGTH]
            raise RefusedError("the server refuses: %s %s" % (dotted(response.code), reason))
        self._most = MAX_REPORTS
        answer = downlink.decode(response.payload)
        taken = [r for r in reports if answer.acknowledges(r.sequence)]
        if reports and not taken:  # a pause before they are sent again
            raise RefusedError("the server acknowledges none of %d reports" % len(reports))
        self._outbox.remove(taken + results)
        self._log("uplink: %d reports, %d bytes, acknowledged" % (len(taken), len(payload)))
        return answer

    def _single_out(self, records):
        """The same message would be refused again: send less of it, and let go of what is refused alone."""
        if len(records) > 1:
            self._most = len(records) // 2
        else:
            self._outbox.refuse(records)
            self._most = MAX_REPORTS

    async def _exchange(self, payload):
        """The server's answer to the payload, in as many messages as the link needs for it."""
        names = self._identifiers
        for _ in range(TRIES):
            request = self._link.request(payload, names.message_id(), names.token())
            answer = self._link.response(await self._send(request))
            if answer:
                return answer
        raise RefusedError("the server wants the message once more, again and again")

    async def _send(self, request):
        """One CoAP exchange; returns the response."""
        exchange = client.Exchange(
            request, self._identifiers.random_fraction(), understood=self._link.understood
        )
        await self._socket.send(exchange.start(ticks_ms()), RAI_ONE_DOWNLINK)
        while True:
            wait_ms = max(0, ticks_diff(exchange.next_ms, ticks_ms()))
            datagram = await self._socket.receive(wait_ms)
            response = exchange.receive(datagram, ticks_ms()) if datagram else None
            again = exchange.poll(ticks_ms())
            if again:
                await self._socket.send(again, RAI_ONE_DOWNLINK)
            if response:
                return response

    async def _give_up(self, error):
        self._log("uplink: %s; %d reports dropped so far" % (error, self._outbox.dropped()))
        if self._socket:
            socket, self._socket = self._socket, None
            await socket.close()

    async def _pause(self):
        await sleep_ms(self._pause_ms // 2 + (getrandbits(10) * (self._pause_ms // 2) >> 10))
        self._pause_ms = min(LONGEST_PAUSE_MS, self._pause_ms * 2)
