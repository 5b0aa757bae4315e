"""The server's side of CoAP (RFC 7252 sections 4.2, 4.3 and 5.2).

    what arrives                              what goes back
    CON request                               ACK with the response in it (piggybacked), or
                                              an empty ACK, and the response when there is one
    NON request                               NON response, now or when there is one
    either of them again, in its lifetime     the very same datagram; the handler is not asked
    CON request with a bad critical option    4.02; a NON one is ignored
    CON request to act as a proxy             5.05; a NON one is ignored
    ACK or Reset of a separate response       nothing, and the response is not sent again
    ping (an Empty CON), any other CON        Reset
    anything else                             nothing

Message IDs are counted for all clients together, so one that talks to thousands may use an ID again
within a lifetime, but hardly towards the same client.
"""

from protocols.coap import message as coap
from protocols.coap.dedup import ReplyMemory, exchange_lifetime_ms
from protocols.coap.numbers import (
    ACCEPT,
    ACK,
    BAD_OPTION,
    CON,
    EMPTY,
    NON,
    PROXY_SCHEME,
    PROXY_URI,
    PROXYING_NOT_SUPPORTED,
    RST,
    URI_HOST,
    URI_PATH,
    URI_PORT,
    URI_QUERY,
    is_request,
)
from protocols.coap.parameters import NB_IOT
from protocols.coap.separate import SeparateResponses
from protocols.errors import DecodeError

UNDERSTOOD = (URI_HOST, URI_PORT, URI_PATH, URI_QUERY, ACCEPT)  # of the critical options


class Later:
    """What a handler returns that needs time for its response: keep it, and `Server.respond` to it.

    `layers` are functions (response, now_ms) -> response, which what stands between the server and the
    handler (block-wise transfer, OSCORE) appends, to apply to the response when it comes.
    """

    def __init__(self):
        self.layers = []
        self.request = self.source = None  # noted by the server


class Server:
    """Answers requests with the help of one handler.

    `handler(request, source, now_ms)` gets a Message and returns its response as (code, payload,
    options), options being a list of (number, value) in ascending order, or a new Later.  It decides on
    paths, methods and Accept.  `refused(source, reason)` is told of each datagram that did not reach the
    handler, pings and repetitions apart, and of each separate response that did not reach the client.
    `first_message_id` should be random.  `understood` are critical options that the handler takes care
    of, besides those in UNDERSTOOD.
    """

    def __init__(self, handler, refused, first_message_id, parameters=NB_IOT, understood=()):
        self._handler = handler
        self._refused = refused
        self._message_id = first_message_id
        self._understood = UNDERSTOOD + understood
        self._replies = ReplyMemory(exchange_lifetime_ms(parameters))
        self._separate = SeparateResponses(refused, parameters)

    @property
    def next_ms(self):
        """When `poll` has something to do, or None."""
        return self._separate.next_ms

    def receive(self, datagram, source, now_ms):
        """The datagram to send back to `source` (any hashable address), or None.

        What the handler raises is passed on, and nothing is remembered: when the client sends the
        request again, the handler is asked again.
        """
        try:
            message = coap.decode(datagram)
        except DecodeError as error:
            self._refused(source, str(error))
            return coap.rejection(datagram)
        if not is_request(message.code) or message.type not in (CON, NON):
            return self._take_other(message, source, now_ms)
        key = (source, message.message_id)
        reply = self._replies.recall(key, now_ms)
        if reply is None:
            reply = self._answer(message, source, now_ms)
            self._replies.remember(key, reply, now_ms)
        return reply or None

    def respond(self, later, response, now_ms, random_fraction):
        """Send the response that a handler promised; `poll` then has it.

        `random_fraction` is uniform in 0.0 to 1.0, anew for each response.
        """
        for layer in later.layers:
            response = layer(response, now_ms)
        message = self._message(later.request.type, later.request.token, response)
        self._separate.add(message, later.source, now_ms, random_fraction)

    def poll(self, now_ms):
        """(datagram, destination) to be sent now, or None.  Call it until it returns None."""
        return self._separate.poll(now_ms)

    def _take_other(self, message, source, now_ms):
        """What to send back for a message that is no request, or None."""
        answer = message.code == EMPTY and message.type in (ACK, RST)
        if answer and self._separate.settle(message, source, now_ms):
            return None
        if message.code != EMPTY or message.type != CON:
            self._refused(source, "not a request")
        return coap.empty(RST, message.message_id) if message.type == CON else None

    def _answer(self, request, source, now_ms):
        """The datagram to send back; empty for none."""
        refusal = self._refusal(request)
        if refusal:
            self._refused(source, refusal[1].decode())
            if request.type == NON:
                return b""
        response = refusal or self._handler(request, source, now_ms)
        if isinstance(response, Later):
            response.request, response.source = request, source
            return coap.empty(ACK, request.message_id) if request.type == CON else b""
        if request.type == NON:
            return self._message(NON, request.token, response).encode()
        code, payload, options = response
        return coap.Message(ACK, code, request.message_id, request.token, options, payload).encode()

    def _message(self, type, token, response):
        """A response as a message of its own."""
        self._message_id = (self._message_id + 1) & 0xFFFF
        code, payload, options = response
        return coap.Message(type, code, self._message_id, token, options, payload)

    def _refusal(self, request):
        """The response to a request that its options forbid to process, or None."""
        if request.values(PROXY_URI) or request.values(PROXY_SCHEME):
            return PROXYING_NOT_SUPPORTED, b"not a proxy", ()
        bad = coap.bad_option(request.options, self._understood)
        if bad is not None:
            return BAD_OPTION, ("option " + str(bad)).encode(), ()
        return None
