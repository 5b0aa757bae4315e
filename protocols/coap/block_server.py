"""Bodies of any length at a server (RFC 7959, RFC 9175 section 3): stands between Server and a handler.

    blockwise = Blockwise(handler)
    server = Server(blockwise.handle, refused, first_message_id, understood=BLOCK_OPTIONS)

    what arrives                                   what goes back
    Block1, more follow                            2.31, and the body so far is kept
    Block1, the last                               the handler's response to the whole body
    Block1 that does not continue the body         4.08
    a body above the limit, or Size1 says so       4.13 with Size1
    a request whose response is long               its first block with Block2, ETag and Size2
    Block2 of a response that is kept              that block
    Block2 of another, GET or FETCH                the handler is asked again, that block
    Block2 of another, any other method            4.08
    a block size that is reserved, a cut block     4.00

A body belongs to a client, a method and the options that make up the cache key (RFC 7252 section
5.4.6), among them the Request-Tag.  What is kept is bounded in number and dropped EXCHANGE_LIFETIME
after its last use; a new one takes the place of the one longest unused.
"""

import hashlib

from protocols.coap.blocks import block_value, insert, read_block, size_of
from protocols.coap.dedup import exchange_lifetime_ms
from protocols.coap.message import Message, uint_value
from protocols.coap.numbers import (
    BAD_REQUEST,
    BLOCK1,
    BLOCK2,
    CONTINUE,
    ETAG,
    FETCH,
    GET,
    REQUEST_ENTITY_INCOMPLETE,
    REQUEST_ENTITY_TOO_LARGE,
    SIZE1,
    SIZE2,
    UNAUTHORIZED,
)
from protocols.coap.parameters import NB_IOT
from protocols.coap.server import Later
from protocols.compat import ticks_diff
from protocols.errors import DecodeError

BLOCK_OPTIONS = (BLOCK1, BLOCK2)
ETAG_SIZE = 4


class Kept:
    """Values by key: at most `capacity`, each until `lifetime_ms` after its last use."""

    def __init__(self, capacity, lifetime_ms):
        self._capacity = capacity
        self._lifetime_ms = lifetime_ms
        self._entries = {}  # key -> [time of last use, value]

    def get(self, key, now_ms):
        if key not in self._entries or self._age_ms(key, now_ms) == self._lifetime_ms:
            return None
        entry = self._entries[key]
        entry[0] = now_ms
        return entry[1]

    def put(self, key, value, now_ms):
        if key not in self._entries and len(self._entries) >= self._capacity:
            del self._entries[max(self._entries, key=lambda known: self._age_ms(known, now_ms))]
        self._entries[key] = [now_ms, value]

    def _age_ms(self, key, now_ms):
        """Since the last use; the lifetime if that is over, or the clock was set back or wrapped."""
        age_ms = ticks_diff(now_ms, self._entries[key][0])
        return age_ms if 0 <= age_ms < self._lifetime_ms else self._lifetime_ms

    def drop(self, key):
        self._entries.pop(key, None)


class Blockwise:
    """`handle` is the Server's handler; `handler` is asked once per whole body.

    Blocks are at most `16 << szx` bytes, and of a request's body at most `max_body` bytes are taken.
    At most `capacity` unfinished bodies are kept, and as many responses: memory for `capacity` times
    `max_body`, and for as many of the handler's own responses.
    """

    def __init__(self, handler, szx=6, max_body=8192, capacity=64, parameters=NB_IOT):
        self._handler = handler
        self._szx = szx
        self._max_body = max_body
        self._bodies = Kept(capacity, exchange_lifetime_ms(parameters))
        self._responses = Kept(capacity, exchange_lifetime_ms(parameters))

    def handle(self, request, source, now_ms):
        """The Server's handler."""
        try:
            block1 = read_block(request, BLOCK1)
            number, _, szx = read_block(request, BLOCK2) or (0, False, self._szx)
        except DecodeError:
            return BAD_REQUEST, b"reserved block size", ()
        key = (source, request.code, _cache_key(request))
        offset, szx = number * size_of(szx), min(szx, self._szx)
        if offset:
            kept = self._responses.get(key, now_ms)
            if kept:
                return _cut(kept, offset, szx)
            if request.code not in (GET, FETCH):
                return REQUEST_ENTITY_INCOMPLETE, b"", ()
        body = request.payload
        if block1:
            answer, body = self._gather(request, block1, key, now_ms)
            if answer:
                return answer
        options = [option for option in request.options if option[0] not in BLOCK_OPTIONS]
        whole = Message(request.type, request.code, request.message_id, request.token, options, body)
        response = self._handler(whole, source, now_ms)

        def layer(response, now_ms):
            return self._finish(response, block1, key, offset, szx, now_ms)

        if isinstance(response, Later):
            response.layers.append(layer)
            return response
        return layer(response, now_ms)

    def _gather(self, request, block1, key, now_ms):
        """(answer, None) while the body is not whole or if it cannot be, else (None, body)."""
        number, more, szx = block1
        size, payload = size_of(szx), request.payload
        if (more and len(payload) != size) or len(payload) > size:
            return (BAD_REQUEST, b"not the block's size", ()), None
        known = self._bodies.get(key, now_ms) if number else bytearray()
        if known is None or len(known) != number * size:
            self._bodies.drop(key)
            return (REQUEST_ENTITY_INCOMPLETE, b"", ()), None
        if max(len(known) + len(payload), request.uint(SIZE1) or 0) > self._max_body:
            self._bodies.drop(key)
            return (REQUEST_ENTITY_TOO_LARGE, b"", [(SIZE1, uint_value(self._max_body))]), None
        if not more:  # what is kept stays as it is, for this block comes again if it lacks an Echo
            return None, bytes(known) + payload
        known.extend(payload)
        self._bodies.put(key, known, now_ms)
        return (CONTINUE, b"", [(BLOCK1, self._echoed(block1))]), None

    def _finish(self, response, block1, key, offset, szx, now_ms):
        """The handler's response, or the block at `offset` of it."""
        code, payload, options = response
        if code != UNAUTHORIZED:
            self._bodies.drop(key)
        options = list(options)
        if offset or len(payload) > size_of(szx):
            if not any(number == ETAG for number, _ in options):
                insert(options, ETAG, hashlib.sha256(payload).digest()[:ETAG_SIZE])
            kept = code, payload, options
            self._responses.put(key, kept, now_ms)
            code, payload, options = _cut(kept, offset, szx)
        if block1:
            insert(options, BLOCK1, self._echoed(block1))
        return code, payload, options

    def _echoed(self, block1):
        """A request's Block1 for its response, with a smaller size to go on with if ours is."""
        number, more, szx = block1
        szx = min(szx, self._szx)
        return block_value(number * size_of(szx), more, szx)


def _cut(response, offset, szx):
    """The block of a long response that begins at `offset`."""
    code, payload, options = response
    if offset >= len(payload):
        return BAD_REQUEST, b"beyond the last block", []
    end = offset + size_of(szx)
    options = list(options)
    insert(options, BLOCK2, block_value(offset, end < len(payload), szx))
    if offset == 0:
        insert(options, SIZE2, uint_value(len(payload)))
    return code, payload[offset:end], options


def _cache_key(request):
    """The options that make two requests the same; (number & 0x1E) == 0x1C says NoCacheKey."""
    return tuple([o for o in request.options if o[0] & 0x1E != 0x1C and o[0] not in BLOCK_OPTIONS])
