"""Sends what is in the outbox: CoAP over the modem's UDP, until the server acknowledges.

Nothing leaves the outbox before that.  Alarms go at once, other records wait a while for company, because
each use of the radio costs.  Trouble is answered with a pause that doubles, with jitter, so that a whole
street that lost the network does not come back in the same second.
"""

import asyncio
from random import getrandbits

from drivers.modem.dialogue import in_time
from drivers.modem.udp import RAI_ONE_DOWNLINK
from firmware import message
from protocols import downlink
from protocols.coap import client
from protocols.coap.identifiers import Identifiers
from protocols.coap.numbers import BAD_REQUEST, CHANGED, dotted
from protocols.compat import sleep_ms, ticks_add, ticks_diff, ticks_ms
from protocols.errors import DecodeError, LinkTimeout, ModemError
from protocols.knock import is_knock
from protocols.oscore.errors import OscoreError
from protocols.report.layout import MAX_REPORTS

FULL_BATCH = 32  # records that do not wait for more
FIRST_PAUSE_MS = 4_000
LONGEST_PAUSE_MS = 600_000
WAIT_MS = 3_600_000  # for what may never come; then it is waited for again
KNOCK_PAUSE_MS = 10_000  # between two knocks that are heard: they are not protected
TRIES = 5  # of one message: a fresh context takes two, an Echo one more
REASON_LENGTH = 64  # bytes of what a server says that it refuses


class RefusedError(OSError):
    """The server answered, but does not take it."""


class Uplink:
    """`link` makes messages of payloads and payloads of messages: see `secure_link`.  `now()` is the time.

    `configuration` has `server` (host, port), `send_s` and `version`.  alive("uplink") is called while it is.
    """

    def __init__(self, modem, outbox, link, configuration, now, alive, log):
        self._modem = modem
        self._outbox = outbox
        self._link = link
        self._configuration = configuration
        self._now = now
        self._alive = alive
        self._log = log
        self._due_ms = None  # when something is to be sent
        self._offered = asyncio.Event()
        self._socket = None
        self._server = None  # that the socket is for
        self._identifiers = Identifiers(getrandbits)
        self._most = MAX_REPORTS  # records in one message; fewer while the culprit of a refusal is looked for
        self._pause_ms = FIRST_PAUSE_MS
        self._knocked_ms = ticks_add(ticks_ms(), -KNOCK_PAUSE_MS)

    def offer(self, urgent=False):
        """There is something new in the outbox, or, if urgent, something to ask the server."""
        full = urgent or self._outbox.depth() >= FULL_BATCH
        due_ms = ticks_add(ticks_ms(), 0 if full else 1000 * self._configuration.send_s)
        if self._due_ms is None or ticks_diff(due_ms, self._due_ms) < 0:
            self._due_ms = due_ms
            self._offered.set()
            if self._socket:
                self._socket.stir()

    async def run(self, on_connected, on_downlink, listens):
        """For ever.  on_connected(): the modem is registered; on_downlink(Downlink): an answer came.

        listens: the server may knock, and is asked then what it wants.
        """
        while True:
            try:
                await self._until_due(listens)
                while await self.deliver(on_connected, on_downlink):
                    pass
            except (LinkTimeout, ModemError) as error:
                await self._give_up(error)
                await self._modem.recover(error)
            except (RefusedError, DecodeError, OscoreError, client.ResetError) as error:
                await self._give_up(error)
                await self._pause()

    async def deliver(self, on_connected, on_downlink):
        """One exchange with the server; True if there is more to send.  Raises what `run` catches."""
        await self._connect(on_connected)
        self._due_ms = None
        answer = await self._exchange_batch()
        on_downlink(answer)
        if self._now() is None:  # then nothing can leave, and the next exchange would be as fruitless
            raise RefusedError("the server's time cannot be")
        self._pause_ms = FIRST_PAUSE_MS
        return not self._outbox.empty()

    async def _until_due(self, listens):
        while True:
            self._alive("uplink")
            left_ms = WAIT_MS if self._due_ms is None else ticks_diff(self._due_ms, ticks_ms())
            if left_ms <= 0:
                return
            if listens and self._socket:
                await self._listen(left_ms)
            else:
                self._offered.clear()
                await in_time(self._offered.wait(), left_ms)

    async def _listen(self, timeout_ms):
        try:
            datagram = await self._socket.receive(timeout_ms)
        except ModemError as error:  # it cannot be reached any more: connect again
            await self._give_up(error)
            return
        now_ms = ticks_ms()
        if datagram and is_knock(datagram) and ticks_diff(now_ms, self._knocked_ms) >= KNOCK_PAUSE_MS:
            self._log("uplink: the server knocks")
            self._knocked_ms = now_ms
            self.offer(urgent=True)

    async def _connect(self, on_connected):
        if self._modem.restarted.is_set() or not self._modem.registered:
            self._socket = None
            self._log("uplink: starting the modem")
            await self._modem.start()
            self._log("uplink: registered")
            await on_connected()
        server = self._configuration.server
        if self._socket and self._server != server:
            await self._close()
        if self._socket is None:
            self._socket = await self._modem.open_udp(*server)
            self._server = server

    async def _exchange_batch(self):
        """One message; what the server has taken leaves the outbox.  Returns the Downlink."""
        records = self._outbox.next_batch(self._most, self._now())
        payload, sent = message.encode(records, self._configuration.version)
        response = await self._exchange(payload)
        self._modem.alive()
        if response.code != CHANGED:
            if response.code == BAD_REQUEST:
                self._single_out(sent)
            reason = response.payload[:REASON_LENGTH]
            raise RefusedError("the server refuses: %s %s" % (dotted(response.code), reason))
        self._most = MAX_REPORTS
        answer = downlink.decode(response.payload)
        taken = [record for record in sent if record.result or answer.acknowledges(record.sequence)]
        if sent and not taken:  # a pause before they are sent again
            raise RefusedError("the server acknowledges none of %d records" % len(sent))
        self._outbox.remove(taken)
        self._log("uplink: %d records, %d bytes, acknowledged" % (len(taken), len(payload)))
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
        await self._close()
        self.offer(urgent=True)

    async def _close(self):
        if self._socket:
            socket, self._socket = self._socket, None
            await socket.close()

    async def _pause(self):
        await sleep_ms(self._pause_ms // 2 + (getrandbits(10) * (self._pause_ms // 2) >> 10))
        self._pause_ms = min(LONGEST_PAUSE_MS, self._pause_ms * 2)
