"""A node's side of OSCORE: requests out, responses in, and a fresh context when there is none to trust.

    LOST    request         ASKED    request #1 of Appendix B.2: an empty one, under ID Context R1
    ASKED   request         ASKED    the same once more, with another R1
    ASKED   response #1     AGREED   it brings R2; from now on the ID Context is R2 || R3
    AGREED  request         AGREED   request #2: the application's, with R2 || R3 beside it
    AGREED  response        READY
    AGREED  response #1     AGREED   the server forgot its R2: once more, from there
    READY   response #1     AGREED   the server wants new keys
    AGREED, READY  refusal  LOST     an unprotected 4.01 or 4.00: the server does not know our context
    AGREED, READY  the sequence numbers are used up, or `renew`  LOST

`NEXT_STATE` is this table; what it does not list changes nothing.  Anybody can forge a refusal, and so
cost the node a round trip, but no more: it trusts nothing but the keys.

The caller protects a request, and gives the response back:

    while True:
        response = client.unprotect_response(exchange with client.protect_request(request))
        if response: break                    # else the same request again, with a new message ID and token

What is guaranteed: no nonce is used twice under a key as long as `ClientState` tells a live context from
a restored one (see there), because every other start draws its ID Context, and with it its keys, at
random.  A response is taken only if it was made with the server's key for the last request, and once.
"""

from protocols.coap.message import Message, bad_option
from protocols.coap.numbers import BAD_REQUEST, ECHO, GET, UNAUTHORIZED, dotted
from protocols.oscore import option
from protocols.oscore.context import Context, byte_string, partial_iv
from protocols.oscore.errors import CoseError, OscoreError, ReplayError, UnprotectedError
from protocols.oscore.protect import in_order, option_value, seal, unseal, unwrapped
from protocols.oscore.sequence import ExhaustedError

RANDOM_SIZE = 8  # bytes of R1 and of R3

LOST, ASKED, AGREED, READY = "lost", "asked", "agreed", "ready"
REQUEST, RESPONSE_1, RESPONSE, REFUSAL, END = "request", "response #1", "response", "refusal", "end"

NEXT_STATE = {
    (LOST, REQUEST): ASKED,
    (ASKED, RESPONSE_1): AGREED,
    (AGREED, RESPONSE): READY,
    (AGREED, REFUSAL): LOST,
    (AGREED, END): LOST,
    (READY, RESPONSE_1): AGREED,
    (READY, REFUSAL): LOST,
    (READY, END): LOST,
}


class Client:
    """One security association with the server, one request at a time.

    `aes` is a class like `cryptolib.aes`, `random_bytes(n)` a source good enough for keys, `stored` a
    ClientState.  `refused` counts the responses that were not taken.
    """

    def __init__(self, aes, credentials, random_bytes, stored):
        self.state = LOST if stored.id_context is None else READY
        self.refused = 0
        self._aes = aes
        self._credentials = credentials
        self._random_bytes = random_bytes
        self._stored = stored
        self._echo = None
        self._request = None
        if self.state == READY:
            self._derive(stored.id_context)

    def renew(self):
        """Have new keys from the next request on."""
        self._advance(END)

    def protect_request(self, message):
        """The OSCORE message to send for a request."""
        number = self._take()
        self._advance(REQUEST)
        if number is None:
            id_context = self._random_bytes(RANDOM_SIZE)
            self._derive(id_context)
            message = Message(message.type, GET, message.message_id, message.token)
            number = 0
        elif self._echo:
            options = in_order(message.options + [(ECHO, self._echo)])
            message = Message(
                message.type, message.code, message.message_id, message.token, options, message.payload
            )
        kid_context = None if self.state == READY else byte_string(self._context.id_context)
        kid, number = self._credentials.sender_id, partial_iv(number)
        self._request = (kid, number)
        value = option.encode(number, kid, kid_context)
        return seal(self._context, message, self._request, self._request, value)

    def unprotect_response(self, message):
        """The response inside, or None: the server wants to see the request once more, protected anew.

        OscoreError: it is not the answer to our last request, whatever it looks like.
        """
        try:
            return self._unprotect(message)
        except OscoreError:
            self.refused += 1
            raise

    def _unprotect(self, message):
        if self._request is None:
            raise ReplayError("no request waits for a response")
        value = option_value(message)
        if value is None:
            if message.code in (UNAUTHORIZED, BAD_REQUEST):
                self._advance(REFUSAL)
            raise UnprotectedError("an unprotected " + dotted(message.code))
        number, _, kid_context = option.decode(value)
        nonce_of = (self._credentials.recipient_id, number) if number else self._request
        if kid_context is not None:
            return self._agree(message, nonce_of, unwrapped(kid_context))
        response = unseal(self._context, message, nonce_of, self._request)
        if self.state == ASKED:
            raise CoseError("a response to request #1 without R2")
        if bad_option(response.options, ()) is not None:
            raise CoseError("a critical option")
        self._advance(RESPONSE)
        self._request = self._echo = None
        if response.code == UNAUTHORIZED and response.values(ECHO):
            self._echo = response.values(ECHO)[0]
            return None
        return response

    def _agree(self, message, nonce_of, r2):
        """Step 3 of Appendix B.2: response #1 is under R2 || our ID Context; ours is then R2 || R3."""
        second = Context(self._aes, self._credentials, r2 + self._context.id_context)
        unseal(second, message, nonce_of, self._request)
        self._derive(r2 + self._random_bytes(RANDOM_SIZE))
        self._stored.begin(self._context.id_context)
        self._advance(RESPONSE_1)

    def _take(self):
        """A sequence number; None if there is no context that has one."""
        if self.state in (AGREED, READY):
            try:
                return self._stored.take()
            except ExhaustedError:
                self._advance(END)
        return None

    def _derive(self, id_context):
        self._context = Context(self._aes, self._credentials, id_context)
        self._echo = None

    def _advance(self, event):
        self.state = NEXT_STATE.get((self.state, event), self.state)
