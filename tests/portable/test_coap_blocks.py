from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.blocks import block_value, insert, read_block, size_of
from protocols.coap.dedup import exchange_lifetime_ms
from protocols.coap.message import Message, decode, path_options
from protocols.coap.numbers import (
    BAD_REQUEST,
    BLOCK1,
    BLOCK2,
    CHANGED,
    CON,
    CONTENT,
    CONTENT_FORMAT,
    CONTINUE,
    ECHO,
    ETAG,
    FETCH,
    GET,
    POST,
    REQUEST_ENTITY_INCOMPLETE,
    REQUEST_ENTITY_TOO_LARGE,
    REQUEST_TAG,
    SIZE1,
    SIZE2,
    UNAUTHORIZED,
)
from protocols.coap.parameters import NB_IOT
from protocols.coap.server import Later, Server
from protocols.errors import DecodeError, EncodeError
from tests.portable.check import raises

BODY = bytes(range(100))


class Site:
    """A server with block-wise transfer; the handler answers with what `response` is, or BODY."""

    def __init__(self, szx=1, **limits):
        self.bodies = []
        self.response = CONTENT, BODY, [(CONTENT_FORMAT, b"\x3c")]
        self.blockwise = Blockwise(self.handle, szx, **limits)
        self.server = Server(self.blockwise.handle, lambda source, reason: None, 0, understood=BLOCK_OPTIONS)
        self._message_id = 0

    def handle(self, request, source, now_ms):
        assert request.values(BLOCK1) == request.values(BLOCK2) == []
        self.bodies.append(request.payload)
        return self.response

    def ask(self, code, options=(), payload=b"", source="node", now_ms=0):
        self._message_id += 1
        whole = path_options("/a")
        for number, value in options:
            insert(whole, number, value)
        message = Message(CON, code, self._message_id, b"", whole, payload)
        return decode(self.server.receive(message.encode(), source, now_ms))

    def upload(self, number, more, options=(), szx=1, **arguments):
        start = number * size_of(szx)
        value = block_value(start, more, szx)
        payload = BODY[start : start + size_of(szx)]
        return self.ask(POST, [(BLOCK1, value)] + list(options), payload, **arguments)


def test_block_values():
    for offset, more, szx, value in (
        (0, False, 0, b""),
        (16, True, 0, b"\x18"),
        (16384, False, 6, b"\x01\x06"),
    ):
        assert block_value(offset, more, szx) == value
        message = Message(0, 1, 1, b"", [(BLOCK2, value)])
        assert read_block(message, BLOCK2) == (offset // size_of(szx), more, szx)
    assert read_block(Message(0, 1, 1), BLOCK2) is None
    assert block_value(((1 << 20) - 1) * 16, True, 0) == b"\xff\xff\xf8"
    raises(EncodeError, block_value, (1 << 20) * 16, True, 0)
    for reserved in (b"\x07", b"\x0f", b"\xff\xff\xff"):
        raises(DecodeError, read_block, Message(0, 1, 1, b"", [(BLOCK1, reserved)]), BLOCK1)


def test_options_are_inserted_behind_their_like():
    options = [(1, b""), (5, b"a"), (9, b"")]
    for number, value in ((5, b"b"), (0, b""), (10, b"")):
        insert(options, number, value)
    assert options == [(0, b""), (1, b""), (5, b"a"), (5, b"b"), (9, b""), (10, b"")]


def test_a_body_in_blocks_reaches_the_handler_whole():
    site = Site()
    for number in range(3):
        reply = site.upload(number, True)
        assert (reply.code, reply.options) == (CONTINUE, [(BLOCK1, block_value(32 * number, True, 1))])
    site.response = CHANGED, b"ok", []
    reply = site.upload(3, False)
    assert (reply.code, reply.options, reply.payload) == (CHANGED, [(BLOCK1, b"\x31")], b"ok")
    assert site.bodies == [BODY]
    assert site.upload(3, False).code == REQUEST_ENTITY_INCOMPLETE


def test_blocks_larger_than_ours_are_taken_and_smaller_ones_asked_for():
    site = Site(szx=0)
    assert site.upload(0, True, szx=2).values(BLOCK1) == [block_value(0, True, 0)]
    assert site.upload(4, True, szx=0).code == CONTINUE
    assert site.upload(5, False, szx=0).code == CONTENT
    assert site.bodies == [BODY[:96]]


def test_gaps_and_strangers_are_incomplete():
    site = Site()
    for block, options, source in ((2, (), "node"), (1, (), "other"), (1, ((REQUEST_TAG, b"2"),), "node")):
        site.upload(0, True)
        assert site.upload(block, True, options, source=source).code == REQUEST_ENTITY_INCOMPLETE
    site.upload(0, True)
    assert site.upload(1, True, [(CONTENT_FORMAT, b"")]).code == REQUEST_ENTITY_INCOMPLETE
    assert site.bodies == []


def test_request_tags_keep_bodies_apart():
    site = Site()
    tags = ((), [(REQUEST_TAG, b"")], [(REQUEST_TAG, b"1")])
    for number, more in ((0, True), (1, True), (2, False)):
        for tag in tags:
            assert site.upload(number, more, tag).code == (CONTINUE if more else CONTENT)
    assert site.bodies == [BODY[:96]] * 3


def test_block_0_starts_again():
    site = Site()
    for number, more in ((0, True), (1, True), (0, True), (1, False)):
        site.upload(number, more)
    assert site.bodies == [BODY[:64]]


def test_malformed_blocks():
    site = Site()
    for option, value, payload in (
        (BLOCK1, b"\x07", BODY[:32]),
        (BLOCK2, b"\x0f", b""),
        (BLOCK1, b"\x09", BODY[:31]),
        (BLOCK1, b"\x09", BODY[:33]),
        (BLOCK1, b"\x01", BODY[:33]),
    ):
        assert site.ask(POST, [(option, value)], payload).code == BAD_REQUEST
    assert site.bodies == []


def test_bodies_that_are_too_large():
    site = Site(max_body=64)
    reply = site.upload(0, True, [(SIZE1, b"\x41")])
    assert (reply.code, reply.uint(SIZE1)) == (REQUEST_ENTITY_TOO_LARGE, 64)
    assert [site.upload(n, True).code for n in range(3)] == [CONTINUE, CONTINUE, REQUEST_ENTITY_TOO_LARGE]
    assert site.upload(2, False).code == REQUEST_ENTITY_INCOMPLETE
    assert [site.upload(n, n == 0).code for n in range(2)] == [CONTINUE, CONTENT]


def test_half_a_body_is_forgotten():
    lifetime_ms = exchange_lifetime_ms(NB_IOT)
    site = Site()
    site.upload(0, True)
    assert site.upload(1, True, now_ms=lifetime_ms - 1).code == CONTINUE
    assert site.upload(2, True, now_ms=2 * lifetime_ms - 2).code == CONTINUE
    assert site.upload(3, False, now_ms=3 * lifetime_ms - 2).code == REQUEST_ENTITY_INCOMPLETE


def test_a_flood_of_beginnings_displaces_the_stalest_only():
    site = Site(capacity=3)
    for now_ms, source in enumerate("abcd"):
        site.upload(0, True, source=source, now_ms=now_ms)
    assert len(site.blockwise._bodies._entries) == 3
    codes = [site.upload(1, False, source=source, now_ms=9).code for source in "abcd"]
    assert codes == [REQUEST_ENTITY_INCOMPLETE, CONTENT, CONTENT, CONTENT]


def test_what_was_kept_before_the_clock_wrapped_is_stale():
    site = Site(capacity=2)
    site.upload(0, True, source="a", now_ms=5)
    assert site.upload(1, False, source="a", now_ms=4).code == REQUEST_ENTITY_INCOMPLETE
    site.upload(0, True, source="a", now_ms=5)
    week_ms = 7 * 86_400_000  # above half the ticks' period
    site.upload(0, True, source="b", now_ms=week_ms)
    site.upload(0, True, source="c", now_ms=week_ms + 1)
    codes = [site.upload(1, False, source=source, now_ms=week_ms + 2).code for source in "abc"]
    assert codes == [REQUEST_ENTITY_INCOMPLETE, CONTENT, CONTENT]


def test_a_long_response_comes_in_blocks():
    site = Site()
    first = site.ask(GET)
    assert [number for number, _ in first.options] == [ETAG, CONTENT_FORMAT, BLOCK2, SIZE2]
    assert (first.uint(SIZE2), first.payload) == (100, BODY[:32])
    body = first.payload
    site.response = CONTENT, b"something else", []
    for number in range(1, 4):
        reply = site.ask(GET, [(BLOCK2, block_value(32 * number, False, 1))])
        assert read_block(reply, BLOCK2) == (number, number < 3, 1)
        assert reply.values(ETAG) == first.values(ETAG)
        assert reply.values(SIZE2) == []
        body += reply.payload
    assert body == BODY
    assert len(site.bodies) == 1
    assert site.ask(GET, [(BLOCK2, b"\x41")]).code == BAD_REQUEST
    assert site.ask(GET).payload == b"something else"


def test_a_long_response_is_kept_for_a_while_after_its_last_use():
    site = Site()
    site.ask(POST)
    lifetime_ms = exchange_lifetime_ms(NB_IOT)
    codes = [
        site.ask(POST, [(BLOCK2, b"\x11")], now_ms=now_ms).code
        for now_ms in (lifetime_ms - 1, 2 * lifetime_ms - 2, 3 * lifetime_ms - 2)
    ]
    assert codes == [CONTENT, CONTENT, REQUEST_ENTITY_INCOMPLETE]


def test_the_client_may_want_smaller_blocks_but_not_larger():
    assert len(Site(szx=1).ask(GET, [(BLOCK2, b"\x00")]).payload) == 16
    assert len(Site(szx=1).ask(GET, [(BLOCK2, b"\x02")]).payload) == 32
    reply = Site(szx=0).ask(GET, [(BLOCK2, b"\x11")])
    assert (read_block(reply, BLOCK2), reply.payload) == ((2, True, 0), BODY[32:48])


def test_a_response_that_is_not_kept_is_made_again_if_that_does_no_harm():
    for code in (GET, FETCH):
        reply = Site().ask(code, [(BLOCK2, b"\x21")])
        assert (reply.code, reply.payload) == (CONTENT, BODY[64:96])
    site = Site()
    assert site.ask(POST, [(BLOCK2, b"\x21")]).code == REQUEST_ENTITY_INCOMPLETE
    assert site.bodies == []


def test_the_handlers_own_etag_stays():
    site = Site()
    site.response = CONTENT, BODY, [(ETAG, b"mine")]
    assert site.ask(GET).values(ETAG) == [b"mine"]


def test_blocks_both_ways():
    site = Site()
    for number in range(3):
        site.upload(number, True)
    first = site.upload(3, False)
    assert (read_block(first, BLOCK1), read_block(first, BLOCK2)) == ((3, False, 1), (0, True, 1))
    second = site.ask(POST, [(BLOCK2, block_value(32, False, 1))])
    assert second.payload == BODY[32:64]
    assert second.values(BLOCK1) == []


def test_a_long_response_may_come_later():
    site = Site()
    site.response = Later()
    datagram = Message(CON, GET, 900, b"t", path_options("/a")).encode()
    site.server.receive(datagram, "node", 0)
    site.server.respond(site.response, (CONTENT, BODY, []), 5, 0.5)
    reply = decode(site.server.poll(5)[0])
    assert (read_block(reply, BLOCK2), reply.payload) == ((0, True, 1), BODY[:32])
    assert site.ask(GET, [(BLOCK2, b"\x11")], now_ms=6).payload == BODY[32:64]


def test_the_last_block_may_be_challenged_and_come_again():
    site = Site()
    site.upload(0, True)
    site.response = UNAUTHORIZED, b"", [(ECHO, b"now")]
    assert site.upload(1, False).values(ECHO) == [b"now"]
    site.response = CHANGED, b"ok", []
    assert site.upload(1, False, [(ECHO, b"now")]).code == CHANGED
    assert site.bodies == [BODY[:64]] * 2
