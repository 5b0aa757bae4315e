"""A server's side of OSCORE: whose request it is, whether it is new, and the contexts' coming and going.

    the request's kid and kid context                     what becomes of it (besides: counted)
    no such kid; or no kid context, and no context known  ContextError
    no kid context, or the one in use                     opened with the context in use:
        number seen before                                  ReplayError
        window lost                                         challenged with Echo, until it comes back
        new keys wanted (`renew`)                           answered with response #1
        else                                                handed over
    R2 || R3, where we made R2 (Appendix B.2, step 4)     opened; that context replaces the one in use
    anything else (step 2)                                opened with it as ID Context; response #1

Whatever does not open, or is no OSCORE message at all, is refused with an OscoreError.

Guaranteed: a request is handed over once, also across crashes, as long as the store keeps what it was
given.  A store that was put back to an older content breaks that promise; then delete the states that it
holds, and every client makes a fresh context.  A request may be late: how late, is for its own deadline.
"""

from protocols.coap.message import Message
from protocols.coap.numbers import ACK, BAD_OPTION, BAD_REQUEST, ECHO, MAX_AGE, UNAUTHORIZED
from protocols.oscore import option
from protocols.oscore.context import byte_string, partial_iv
from protocols.oscore.errors import (
    ContextError,
    CoseError,
    OscoreError,
    ReplayError,
    TamperedError,
    UnprotectedError,
)
from protocols.oscore.peers import R2_SIZE, Peer
from protocols.oscore.protect import option_value, seal, unseal, unwrapped
from protocols.oscore.replay import starting_at
from protocols.oscore.sequence import ExhaustedError

SHORTEST_RANDOM = 8  # bytes of a client's ID Context in request #1

# Code and diagnostic payload of the response that may go unprotected (RFC 8613 section 8.2); others get none.
REFUSALS = {
    CoseError: (BAD_OPTION, b"Failed to decode COSE"),
    ContextError: (UNAUTHORIZED, b"Security context not found"),
    ReplayError: (UNAUTHORIZED, b"Replay detected"),
    TamperedError: (BAD_REQUEST, b"Decryption failed"),
}


class Request:
    """A request that was opened: `kid` (bytes) says who sent it, and one of the others what to do.

    `message` is to be processed, and its response to be given to `Server.protect_response`; where it is
    None, `answer` is the protected response.  Responses are (code, payload, options), as for coap.server.
    """

    def __init__(self, kid, context, pair, message=None, answer=None):
        self.kid = kid
        self.message = message
        self.answer = answer
        self.context = context
        self.pair = pair
        self.answered = False


class Server:
    """All security associations of one server.

    `aes` is a class like `cryptolib.aes`, `random_bytes(n)` a source good enough for keys.  `contexts` has
    `credentials(kid)` -> context.Credentials as seen from the server, or None; `load(kid)` -> the state
    stored last as bytes, b"" if there is none; `store(kid, state)`, which returns when it is durable.
    What they raise is passed on.  `counts` says how often what happened.
    """

    def __init__(self, aes, contexts, random_bytes):
        self.counts = {}
        self._aes = aes
        self._contexts = contexts
        self._random_bytes = random_bytes
        self._peers = {}

    def unprotect_request(self, message):
        """The Request inside an OSCORE message.  OscoreError: refused; see `refusal`."""
        try:
            request = self._open(message)
        except OscoreError as error:
            self._count(type(error).__name__)
            raise
        self._count("answered" if request.answer else "handed over")
        return request

    def protect_response(self, request, response):
        """The response to a request that was handed over, protected; once for each."""
        if request.answered:
            raise ValueError("a second response would use the nonce again")
        request.answered = True
        return _sealed(request.context, response, request.pair, request.pair, option.encode())

    @staticmethod
    def refusal(error):
        """The unprotected response that the RFC allows after an OscoreError; None where it allows none."""
        refusal = REFUSALS.get(type(error))
        return refusal and refusal + ([(MAX_AGE, b"")],)

    def renew(self, kid):
        """Have a client make new keys when it sends its next request; not remembered across `close`.

        ContextError: no such client.
        """
        self._peer(kid).renew = True

    def forget(self, kid):
        """Load a client's credentials and state anew when it sends its next request."""
        self._peers.pop(kid, None)

    def close(self):
        """Store the replay windows, so that the next process need not recover them."""
        for peer in self._peers.values():
            peer.park()
        self._peers = {}

    def _open(self, message):
        value = option_value(message)
        if value is None:
            raise UnprotectedError("a plain request")
        number, kid, kid_context = option.decode(value)
        if not number or kid is None:
            raise CoseError("a request without kid or partial IV")
        peer, pair = self._peer(kid), (kid, number)
        in_use = peer.context.id_context if peer.context else None
        if kid_context is not None and (in_use is None or kid_context not in (in_use, byte_string(in_use))):
            return self._agree(peer, message, pair, unwrapped(kid_context))
        if peer.context is None:
            raise ContextError("no context with this client")
        return self._ordinary(peer, message, pair)

    def _ordinary(self, peer, message, pair):
        number = int.from_bytes(pair[1], "big")
        if peer.window and not peer.window.is_new(number):
            raise ReplayError("number " + str(number))
        inner = unseal(peer.context, message, pair, pair)
        if peer.window:
            peer.window.mark(number)
        elif inner.values(ECHO) == [peer.echo]:
            peer.window = starting_at(number)
        else:
            return self._challenge(peer, pair)
        if peer.renew:
            return self._response_1(peer, pair, peer.context.id_context)
        return Request(pair[0], peer.context, pair, message=inner)

    def _agree(self, peer, message, pair, id_context):
        """Steps 2 and 4 of Appendix B.2."""
        if len(id_context) < SHORTEST_RANDOM:
            raise ContextError("kid context of " + str(len(id_context)) + " bytes")
        context = peer.derive(id_context)
        inner = unseal(context, message, pair, pair)
        if not peer.is_r2(id_context[:R2_SIZE]):
            return self._response_1(peer, pair, id_context)
        peer.adopt(context)
        peer.window.mark(int.from_bytes(pair[1], "big"))
        self._count("fresh contexts")
        return Request(pair[0], context, pair, message=inner)

    def _challenge(self, peer, pair):
        """4.01 with Echo, under a number of our own: the request may be one that was answered before."""
        try:
            number = partial_iv(peer.sequence.take())
        except ExhaustedError:
            raise ContextError("the server's sequence numbers are used up")
        response = UNAUTHORIZED, b"", [(ECHO, peer.echo)]
        nonce_of = (peer.context.sender_id, number)
        answer = _sealed(peer.context, response, nonce_of, pair, option.encode(number))
        return Request(pair[0], peer.context, pair, answer=answer)

    def _response_1(self, peer, pair, id_context):
        """4.01 under a key of R2 || `id_context`, which is new, so the request's nonce serves."""
        r2 = peer.new_r2()
        context = peer.derive(r2 + (id_context or b""))
        value = option.encode(kid_context=byte_string(r2))
        answer = _sealed(context, (UNAUTHORIZED, b"", ()), pair, pair, value)
        return Request(pair[0], context, pair, answer=answer)

    def _peer(self, kid):
        peer = self._peers.get(kid)
        if peer is None:
            credentials = self._contexts.credentials(kid)
            if credentials is None:
                raise ContextError("no such client")

            def store(state):
                self._contexts.store(kid, state)

            state = self._contexts.load(kid)
            peer = self._peers[kid] = Peer(self._aes, credentials, self._random_bytes, state, store)
        return peer

    def _count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1


def _sealed(context, response, nonce_of, request, value):
    """A response (code, payload, options), protected, as the same."""
    code, payload, options = response
    message = seal(context, Message(ACK, code, 0, b"", options, payload), nonce_of, request, value)
    return message.code, message.payload, message.options
