"""The server's side of CoAP (RFC 7252 sections 4.2, 4.3 and 5.2): a datagram in, at most one out.

    what arrives                              what goes back
    CON request                               ACK with the response in it (piggybacked)
    NON request                               NON response
    either of them again, in its lifetime     the very same datagram; the handler is not asked
    CON request with a bad critical option    4.02; a NON one is ignored
    CON request to act as a proxy             5.05; a NON one is ignored
    ping (an Empty CON), any other CON        Reset
    anything else                             nothing

Limits: responses are never separate, and a server does not itself start exchanges, so the
acknowledgements and Resets that it gets are for nothing it sent.
"""

from protocols.coap import message as coap
from protocols.coap.dedup import ReplyMemory
from protocols.coap.numbers import (
    ACCEPT,
    ACK,
    BAD_OPTION,
    CON,
    CONTENT_FORMAT,
    EMPTY,
    NON,
    OPTION_FORMATS,
    PROXY_SCHEME,
    PROXY_URI,
    PROXYING_NOT_SUPPORTED,
    RST,
    URI_HOST,
    URI_PATH,
    URI_PORT,
    URI_QUERY,
    is_critical,
    is_request,
)
from protocols.coap.parameters import NB_IOT
from protocols.errors import DecodeError

UNDERSTOOD = (URI_HOST, URI_PORT, URI_PATH, URI_QUERY, ACCEPT)  # of the critical options


class Server:
    """Answers requests with the help of one handler.

    `handler(request, source)` gets a Message and returns (code, payload, content-format or None);
    it decides on paths, methods and Accept.  `refused(source, reason)` is told of each datagram
    that did not reach the handler, pings and repetitions apart.  `first_message_id` should be random.
    """

    def __init__(self, handler, refused, first_message_id, parameters=NB_IOT):
        self._handler = handler
        self._refused = refused
        self._message_id = first_message_id
        self._replies = ReplyMemory(parameters.exchange_lifetime_ms)

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
            return self._reject(message, source)
        key = (source, message.message_id)
        reply = self._replies.recall(key, now_ms)
        if reply is None:
            reply = self._answer(message, source)
            if reply is not None:
                self._replies.remember(key, reply, now_ms)
        return reply

    def _reject(self, message, source):
        if message.code != EMPTY or message.type != CON:
            self._refused(source, "not a request")
        return coap.empty(RST, message.message_id) if message.type == CON else None

    def _answer(self, request, source):
        refusal = self._refusal(request)
        if refusal:
            self._refused(source, refusal[1].decode())
            if request.type == NON:
                return None
        code, payload, content_format = refusal or self._handler(request, source)
        options = []
        if content_format is not None:
            options.append((CONTENT_FORMAT, coap.uint_value(content_format)))
        if request.type == CON:
            return coap.Message(ACK, code, request.message_id, request.token, options, payload).encode()
        self._message_id = (self._message_id + 1) & 0xFFFF
        return coap.Message(NON, code, self._message_id, request.token, options, payload).encode()

    @staticmethod
    def _refusal(request):
        """The response to a request that its options forbid to process, or None."""
        if request.values(PROXY_URI) or request.values(PROXY_SCHEME):
            return PROXYING_NOT_SUPPORTED, b"not a proxy", None
        bad = bad_option(request.options)
        if bad is not None:
            return BAD_OPTION, ("option " + str(bad)).encode(), None
        return None


def bad_option(options):
    """The first critical option that is not understood, or whose length or repetition is not allowed.

    RFC 7252 sections 5.4.1, 5.4.3 and 5.4.5; elective options like that are as good as absent.
    """
    previous = None
    for number, value in options:
        if is_critical(number):
            if number not in UNDERSTOOD:
                return number
            shortest, longest, repeatable = OPTION_FORMATS[number]
            if not shortest <= len(value) <= longest or (number == previous and not repeatable):
                return number
        previous = number
    return None
