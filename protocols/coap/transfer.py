"""A request and a response of any length: the client's side of RFC 7959, one exchange per block.

    what comes back                           what follows
    response to a block that is not the last  the next block, no larger than the response's Block1 says
    4.13 with a smaller Block1 to the first   the body in blocks of that size
    4.08                                      the body once more, with a new Request-Tag
    response with a Block2 and more to come   the request for the next block
    another ETag than before                  the request once more, if it is safe to repeat
    4.01 with an Echo                         the request once more with it, and all that follow
    anything else                             it is the result

It is driven like an Exchange: start, receive, poll, next_ms.
"""

from protocols.coap import client
from protocols.coap.blocks import block_value, insert, read_block, size_of
from protocols.coap.message import Message, empty, uint_value
from protocols.coap.numbers import (
    ACK,
    BLOCK1,
    BLOCK2,
    CON,
    ECHO,
    ETAG,
    FETCH,
    GET,
    REQUEST_ENTITY_INCOMPLETE,
    REQUEST_ENTITY_TOO_LARGE,
    REQUEST_TAG,
    SIZE1,
    SIZE2,
    UNAUTHORIZED,
)
from protocols.coap.parameters import NB_IOT
from protocols.errors import DecodeError

# A round trip costs seconds whatever the block's size; 512 bytes, their header and OSCORE's fit any modem.
SZX = 5
RETRIES = 3  # of the whole or with an Echo, before the failure is the result
MAX_ECHO = 40  # bytes (RFC 9175 section 2.2.1)
REPEATABLE = (GET, FETCH)  # asking again changes nothing at the server


class Transfer:
    """One request and its response.

    `code` is the method, `options` a list of (number, value) in ascending order without Block, Echo
    and Request-Tag, `type` CON or NON.  Blocks are at most `16 << szx` bytes, and the response's body
    at most `longest`.  A payload that fits one block is sent in a plain message.  `understood` are critical
    options that the caller handles in the result: an OSCORE message travels in outer blocks with
    `Transfer(identifiers, message.code, message.options, message.payload, understood=(OSCORE,))`.
    """

    def __init__(
        self,
        identifiers,
        code,
        options,
        payload=b"",
        type=CON,
        szx=SZX,
        longest=8192,
        parameters=NB_IOT,
        understood=(),
    ):
        self._identifiers = identifiers
        self._code = code
        self._options = options
        self._payload = payload
        self._type = type
        self._szx = szx
        self._longest = longest
        self._parameters = parameters
        self._understood = (BLOCK1, BLOCK2) + understood
        self._retries = RETRIES
        self._echo = None
        self._taken = None  # the last Confirmable response, whose acknowledgement may get lost
        self._outgoing = None
        self._restart()

    @property
    def next_ms(self):
        """When `poll` has something to do; None once the transfer is over."""
        return self._exchange.next_ms if self._due_ms is None else self._due_ms

    def start(self, now_ms):
        """The first transmission."""
        self._due_ms = None
        self._exchange = client.Exchange(
            self._request(), self._identifiers.random_fraction(), self._parameters, self._understood
        )
        return self._exchange.start(now_ms)

    def receive(self, datagram, now_ms):
        """The result as a Message with the whole body, or None.  Call `poll` afterwards.

        ResetError: the server rejected a message.  DecodeError: its blocks do not fit together, or the
        body is longer than `longest`; the transfer is over.
        """
        if datagram == self._taken:
            self._outgoing = empty(ACK, datagram[2] << 8 | datagram[3])
            return None
        response = self._exchange.receive(datagram, now_ms)
        if response is None:
            return None
        if response.type == CON:
            self._taken = datagram
        result = self._take(response)
        if result is None:
            self._due_ms = now_ms
        return result

    def poll(self, now_ms):
        """The datagram that has to be sent now, or None.  LinkTimeout: no answer came in time."""
        outgoing, self._outgoing = self._outgoing, None
        outgoing = outgoing or self._exchange.poll(now_ms)
        if outgoing or self._due_ms is None:
            return outgoing
        return self.start(now_ms)

    def _restart(self):
        self._uploading = True  # until the last block of the payload is answered
        self._sent = 0
        self._body = bytearray()
        self._etag = None
        self._tag = None

    def _request(self):
        """The message for the next block."""
        size = size_of(self._szx)
        options = list(self._options)
        payload = b""
        if self._uploading:
            payload = self._payload[self._sent : self._sent + size]
            if len(self._payload) > size:
                self._tag = self._tag or self._identifiers.request_tag()
                more = self._sent + size < len(self._payload)
                insert(options, BLOCK1, block_value(self._sent, more, self._szx))
                if self._sent == 0:
                    insert(options, SIZE1, uint_value(len(self._payload)))
        if not self._uploading or self._code in REPEATABLE:
            insert(options, BLOCK2, block_value(len(self._body), False, self._szx))
        if self._tag:  # also while the response is fetched (RFC 9175 section 3.4)
            insert(options, REQUEST_TAG, self._tag)
        if self._echo:
            insert(options, ECHO, self._echo)
        identifiers = self._identifiers
        return Message(
            self._type, self._code, identifiers.message_id(), identifiers.token(), options, payload
        )

    def _take(self, response):
        """The result, or None if there is another request to send."""
        if response.code == UNAUTHORIZED:
            echo = response.values(ECHO)
            if echo and 0 < len(echo[0]) <= MAX_ECHO and self._retry():
                self._echo = echo[0]
                return None
        if response.code == REQUEST_ENTITY_INCOMPLETE:
            lost = self._sent or (self._body and self._code in REPEATABLE)
            if lost and self._retry():
                self._restart()
                return None
        if self._uploading and self._upload_goes_on(response):
            return None
        self._uploading = False
        return self._take_body(response)

    def _upload_goes_on(self, response):
        block = read_block(response, BLOCK1)
        if block is None:
            return False
        number, _, szx = block
        size = size_of(self._szx)
        if response.code == REQUEST_ENTITY_TOO_LARGE and self._sent == 0 and szx < self._szx:
            self._szx = szx
            return True
        if not _is_success(response) or self._sent + size >= len(self._payload):
            return False
        if number * size != self._sent:
            raise DecodeError("another block was sent")
        self._sent += size
        self._szx = min(szx, self._szx)
        return True

    def _take_body(self, response):
        block = read_block(response, BLOCK2)
        if self._body and not _is_success(response):
            block = None  # what the payload says is about the request for this block
        elif self._body and block is None:
            raise DecodeError("a block was asked for")
        if block is None:
            return _result(response, response.payload)
        etag = response.values(ETAG)
        if self._body and etag != self._etag:
            if self._code not in REPEATABLE or not self._retry():
                raise DecodeError("the body changed on the way")
            self._restart()
            return None
        self._etag = etag
        self._append(response.payload, *block)
        if block[1]:
            self._szx = min(block[2], self._szx)
            return None
        return _result(response, bytes(self._body))

    def _append(self, payload, number, more, szx):
        size = size_of(szx)
        if number * size != len(self._body) or (more and len(payload) != size):
            raise DecodeError("another block was asked for, or it is cut off")
        if len(self._body) + len(payload) > self._longest:
            raise DecodeError("the body is longer than " + str(self._longest))
        self._body.extend(payload)

    def _retry(self):
        self._retries -= 1
        return self._retries >= 0


def _is_success(response):
    return response.code >> 5 == 2


def _result(response, payload):
    options = [option for option in response.options if option[0] not in (BLOCK1, BLOCK2, SIZE2)]
    return Message(response.type, response.code, response.message_id, response.token, options, payload)
