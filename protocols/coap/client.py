"""The client's side of one request (RFC 7252 sections 4.2, 4.3, 5.2 and 5.3).

    READY    start of a Confirmable request        SENT
    READY    start of a Non-confirmable one        WAITING
    SENT     response (piggybacked, or separate)   DONE
    SENT     empty ACK                             WAITING
    SENT     Reset, or time-out                    FAILED
    WAITING  response                              DONE
    WAITING  Reset, or time-out                    FAILED

`NEXT_STATE` is this table; what it does not list changes nothing.  The caller moves datagrams
to and from the server's endpoint, and lets in no other's:

    send(exchange.start(now_ms))
    while True:
        datagram = wait for one, until exchange.next_ms at the latest
        response = exchange.receive(datagram, now_ms)   # if there was one
        outgoing = exchange.poll(now_ms)                # raises LinkTimeout when it gives up
        if outgoing: send it
        if response: break
"""

from protocols.coap import message as coap
from protocols.coap.numbers import (
    ACK,
    CON,
    CONTENT_FORMAT,
    EMPTY,
    NON,
    POST,
    RST,
    is_response,
)
from protocols.coap.parameters import NB_IOT, Schedule
from protocols.compat import ticks_add, ticks_diff
from protocols.errors import DecodeError, LinkTimeout

READY, SENT, WAITING, DONE, FAILED = "ready", "sent", "waiting", "done", "failed"
EMPTY_ACK, RESPONSE, RESET, TIMEOUT = "empty ACK", "response", "reset", "time-out"

NEXT_STATE = {
    (SENT, EMPTY_ACK): WAITING,
    (SENT, RESPONSE): DONE,
    (SENT, RESET): FAILED,
    (SENT, TIMEOUT): FAILED,
    (WAITING, RESPONSE): DONE,
    (WAITING, RESET): FAILED,
    (WAITING, TIMEOUT): FAILED,
}


class ResetError(OSError):
    """The server rejected the request with a Reset: it cannot process the message."""


def post(path, payload, content_format, message_id, token):
    """A Confirmable POST.  Start `message_id` at random and count up; make `token` hard to guess."""
    options = coap.path_options(path)
    options.append((CONTENT_FORMAT, coap.uint_value(content_format)))
    return coap.Message(CON, POST, message_id, token, options, payload)


class Exchange:
    """One request until its response.

    `request` is a Message of type CON or NON, `random_fraction` is uniform in 0.0 to 1.0, `understood`
    are the critical options that the caller handles in a response.  Times are in milliseconds as
    `compat.ticks_ms` counts them.  `next_ms` is when `poll` has something to do; None once the
    exchange is over.
    """

    def __init__(self, request, random_fraction, parameters=NB_IOT, understood=()):
        self.state = READY
        self.next_ms = None
        self._request = request
        self._datagram = request.encode()
        self._parameters = parameters
        self._schedule = Schedule(parameters, random_fraction)
        self._understood = understood
        self._outgoing = None

    def start(self, now_ms):
        """The first transmission; of a Non-confirmable request the only one."""
        if self._request.type == CON:
            self.state = SENT
            self.next_ms = self._schedule.transmit(now_ms)
        else:
            self._wait(now_ms)
        return self._datagram

    def receive(self, datagram, now_ms):
        """The response as a Message if the datagram holds it, else None.  ResetError: rejected.

        Call `poll` afterwards: a Confirmable message wants an answer, even a second copy of the
        response, whose first acknowledgement was lost.
        """
        try:
            message = coap.decode(datagram)
        except DecodeError:
            self._outgoing = coap.rejection(datagram)
            return None
        event = self._classify(message)
        if message.type == CON:
            known = event == RESPONSE and self.state in (SENT, WAITING, DONE)
            self._outgoing = coap.empty(ACK if known else RST, message.message_id)
        if not self._advance(event, now_ms):
            return None
        if event == RESET:
            raise ResetError("the server rejected message " + str(message.message_id))
        return message if event == RESPONSE else None

    def poll(self, now_ms):
        """The datagram that has to be sent now, or None.  LinkTimeout: no answer came in time."""
        if self._outgoing:
            outgoing, self._outgoing = self._outgoing, None
            return outgoing
        if self.next_ms is None or ticks_diff(self.next_ms, now_ms) > 0:
            return None
        if self.state == SENT:
            again_ms = self._schedule.transmit(now_ms)
            if again_ms is not None:
                self.next_ms = again_ms
                return self._datagram
        waited_for = "an acknowledgement" if self.state == SENT else "the response"
        self._advance(TIMEOUT, now_ms)
        raise LinkTimeout("no answer: gave up waiting for " + waited_for)

    def _classify(self, message):
        """What a message is to this exchange; None if it is not for it (sections 4.2 and 5.3.2)."""
        ours = message.message_id == self._request.message_id
        if message.type == RST and message.code == EMPTY and ours:
            return RESET
        if message.type == ACK and message.code == EMPTY and ours:
            return EMPTY_ACK
        if not is_response(message.code) or message.token != self._request.token:
            return None
        if coap.bad_option(message.options, self._understood) is not None:
            return None  # section 5.4.1: to be rejected
        if message.type in (CON, NON) or (message.type == ACK and ours):
            return RESPONSE
        return None

    def _advance(self, event, now_ms):
        """Follow the table; whether it lists the event."""
        state = NEXT_STATE.get((self.state, event))
        if state is None:
            return False
        if state == WAITING:
            self._wait(now_ms)
        else:
            self.state, self.next_ms = state, None
        return True

    def _wait(self, now_ms):
        """Only the response is missing, and there is nothing to send again."""
        self.state = WAITING
        # The RFC sets no limit here; by then a server with our parameters has given up sending.
        self.next_ms = ticks_add(now_ms, self._parameters.max_transmit_wait_ms)
