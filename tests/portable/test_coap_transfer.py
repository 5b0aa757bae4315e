from protocols.coap.identifiers import Identifiers
from protocols.coap.message import Message, decode, empty, path_options
from protocols.coap.numbers import (
    ACK,
    BLOCK1,
    BLOCK2,
    CHANGED,
    CON,
    CONTENT,
    CONTINUE,
    ECHO,
    ETAG,
    GET,
    NON,
    NOT_FOUND,
    POST,
    REQUEST_ENTITY_INCOMPLETE,
    REQUEST_ENTITY_TOO_LARGE,
    REQUEST_TAG,
    SIZE1,
    SIZE2,
    UNAUTHORIZED,
    URI_PATH,
)
from protocols.coap.transfer import Transfer
from protocols.errors import DecodeError, LinkTimeout
from tests.portable.check import raises

BODY = bytes(range(100))


class Peer:
    """A transfer, and the server's end of it written out by the test: `answer` and see what is sent."""

    def __init__(self, code=POST, payload=b"", szx=1, **options):
        bits = iter(range(1000))
        identifiers = Identifiers(lambda n: next(bits) % (1 << n))
        self.transfer = Transfer(identifiers, code, path_options("/a"), payload, szx=szx, **options)
        self.request = decode(self.transfer.start(0))
        self.requests = [self.request]

    def answer(self, code, options=(), payload=b"", type=ACK, message_id=None):
        """The result if this response was the last, else None; `request` is what was sent then."""
        message_id = self.request.message_id if message_id is None else message_id
        response = Message(type, code, message_id, self.request.token, options, payload)
        result = self.transfer.receive(response.encode(), 0)
        if result is None:
            assert self.transfer.next_ms == 0
            self.request = decode(self.transfer.poll(0))
            self.requests.append(self.request)
        return result


def block(number, more, szx):
    value = number << 4 | more << 3 | szx
    return value.to_bytes(1 if value < 256 else 2, "big") if value else b""


def numbers_of(request):
    return [number for number, _ in request.options]


def test_a_small_payload_is_one_plain_message():
    peer = Peer(payload=b"12345678901234567890123456789012")
    assert peer.request.payload == b"12345678901234567890123456789012"
    assert numbers_of(peer.request) == [URI_PATH]
    assert peer.answer(CHANGED, payload=b"ok").payload == b"ok"
    assert peer.transfer.next_ms is None
    assert peer.transfer.poll(0) is None


def test_a_large_payload_goes_in_blocks():
    peer = Peer(payload=BODY)
    assert numbers_of(peer.request) == [URI_PATH, BLOCK1, SIZE1, REQUEST_TAG]
    assert peer.request.uint(SIZE1) == 100
    for number in range(3):
        assert peer.request.values(BLOCK1) == [block(number, 1, 1)]
        assert peer.answer(CONTINUE, [(BLOCK1, block(number, 1, 1))]) is None
    assert peer.request.values(BLOCK1) == [block(3, 0, 1)]
    assert numbers_of(peer.request) == [URI_PATH, BLOCK1, REQUEST_TAG]
    result = peer.answer(CHANGED, [(BLOCK1, block(3, 0, 1))], b"done")
    assert (result.code, result.options, result.payload) == (CHANGED, [], b"done")
    assert b"".join(r.payload for r in peer.requests) == BODY
    assert len({r.token for r in peer.requests}) == len({r.message_id for r in peer.requests}) == 4
    assert len({r.values(REQUEST_TAG)[0] for r in peer.requests}) == 1


def test_the_server_may_want_smaller_blocks():
    peer = Peer(payload=BODY, szx=2)
    peer.answer(CONTINUE, [(BLOCK1, block(0, 1, 0))])
    assert peer.request.values(BLOCK1) == [block(4, 1, 0)]
    assert peer.request.payload == BODY[64:80]
    peer.answer(CONTINUE, [(BLOCK1, block(4, 1, 5))])  # but not larger ones
    assert peer.request.values(BLOCK1) == [block(5, 1, 0)]


def test_a_first_message_that_is_too_large_is_sent_in_the_blocks_that_the_server_names():
    peer = Peer(payload=BODY, szx=3)
    assert peer.request.payload == BODY
    peer.answer(REQUEST_ENTITY_TOO_LARGE, [(BLOCK1, block(0, 1, 2))])
    assert (peer.request.values(BLOCK1), peer.request.payload) == ([block(0, 1, 2)], BODY[:64])
    result = peer.answer(REQUEST_ENTITY_TOO_LARGE, [(BLOCK1, block(0, 1, 2)), (SIZE1, b"\x40")])
    assert result.uint(SIZE1) == 64


def test_a_server_that_acts_on_each_block_gets_them_all():
    peer = Peer(payload=BODY, szx=2)
    assert peer.answer(CHANGED, [(BLOCK1, block(0, 0, 2))]) is None
    assert peer.answer(CHANGED, [(BLOCK1, block(1, 0, 2))]).code == CHANGED


def test_an_error_ends_the_upload():
    peer = Peer(payload=BODY)
    assert peer.answer(NOT_FOUND, [(BLOCK1, block(0, 1, 1))], b"no").payload == b"no"
    assert peer.transfer.next_ms is None
    peer = Peer(payload=BODY)
    peer.answer(CONTINUE, [(BLOCK1, block(0, 1, 1))])
    assert peer.answer(REQUEST_ENTITY_TOO_LARGE, [(BLOCK1, block(1, 1, 0))])


def test_an_incomplete_upload_starts_again_with_another_tag_a_few_times():
    peer = Peer(payload=BODY)
    for _ in range(3):
        peer.answer(CONTINUE, [(BLOCK1, block(0, 1, 1))])
        assert peer.answer(REQUEST_ENTITY_INCOMPLETE) is None
        assert peer.request.values(BLOCK1) == [block(0, 1, 1)]
    assert len({r.values(REQUEST_TAG)[0] for r in peer.requests}) == 4
    peer.answer(CONTINUE, [(BLOCK1, block(0, 1, 1))])
    assert peer.answer(REQUEST_ENTITY_INCOMPLETE).code == REQUEST_ENTITY_INCOMPLETE


def test_two_transfers_have_different_tags():
    identifiers = Identifiers(lambda n: 0xFF & (1 << n) - 1)
    tags = []
    for _ in range(3):
        request = decode(Transfer(identifiers, POST, [], BODY, szx=1).start(0))
        tags.append(request.values(REQUEST_TAG)[0])
    assert tags == [b"\x00", b"\x01", b"\x02"]


def test_a_large_response_is_fetched_in_blocks():
    peer = Peer(GET)
    for number in range(3):
        assert peer.request.values(BLOCK2) == [block(number, 0, 1)]
        part = BODY[32 * number : 32 * number + 32]
        options = [(ETAG, b"e"), (BLOCK2, block(number, 1, 1)), (SIZE2, b"\x64")]
        assert peer.answer(CONTENT, options, part) is None
    result = peer.answer(CONTENT, [(ETAG, b"e"), (BLOCK2, block(3, 0, 1))], BODY[96:])
    assert (result.code, result.payload, result.options) == (CONTENT, BODY, [(ETAG, b"e")])


def test_a_server_may_send_smaller_blocks_and_the_first_larger():
    peer = Peer(GET, szx=1)
    peer.answer(CONTENT, [(BLOCK2, block(0, 1, 0))], BODY[:16])
    assert peer.request.values(BLOCK2) == [block(1, 0, 0)]
    peer = Peer(szx=1)
    peer.answer(CONTENT, [(BLOCK2, block(0, 1, 2))], BODY[:64])
    assert peer.request.values(BLOCK2) == [block(2, 0, 1)]
    assert peer.answer(CONTENT, [(BLOCK2, block(2, 0, 1))], BODY[64:]).payload == BODY


def test_blocks_both_ways():
    peer = Peer(payload=BODY, szx=2)
    peer.answer(CONTINUE, [(BLOCK1, block(0, 1, 2))])
    peer.answer(CHANGED, [(BLOCK2, block(0, 1, 2)), (BLOCK1, block(1, 0, 2))], BODY[:64])
    assert numbers_of(peer.request) == [URI_PATH, BLOCK2, REQUEST_TAG]
    assert peer.request.payload == b""
    assert peer.answer(CHANGED, [(BLOCK2, block(1, 0, 2))], BODY[64:]).payload == BODY


def test_a_plain_message_gets_no_tag_when_its_response_comes_in_smaller_blocks():
    peer = Peer(payload=BODY, szx=3)
    peer.answer(CHANGED, [(BLOCK2, block(0, 1, 0))], BODY[:16])
    assert numbers_of(peer.request) == [URI_PATH, BLOCK2]


def test_a_body_that_changes_is_fetched_again_if_that_does_no_harm():
    peer = Peer(GET)
    peer.answer(CONTENT, [(ETAG, b"1"), (BLOCK2, block(0, 1, 1))], BODY[:32])
    assert peer.answer(CONTENT, [(ETAG, b"2"), (BLOCK2, block(1, 0, 1))], b"x") is None
    assert peer.request.values(BLOCK2) == [block(0, 0, 1)]
    assert peer.answer(CONTENT, [(ETAG, b"2"), (BLOCK2, block(0, 0, 1))], b"new").payload == b"new"
    peer = Peer(POST)
    peer.answer(CONTENT, [(ETAG, b"1"), (BLOCK2, block(0, 1, 1))], BODY[:32])
    assert raises(DecodeError, peer.answer, CONTENT, [(ETAG, b"2"), (BLOCK2, block(1, 0, 1))], b"x")
    assert peer.transfer.next_ms is None


def test_a_body_that_changes_all_the_time_is_given_up():
    peer = Peer(GET)
    for etag in (b"1", b"2", b"3"):
        peer.answer(CONTENT, [(ETAG, etag), (BLOCK2, block(0, 1, 1))], BODY[:32])
        peer.answer(CONTENT, [(ETAG, b"x"), (BLOCK2, block(1, 0, 1))], b"x")
    peer.answer(CONTENT, [(ETAG, b"4"), (BLOCK2, block(0, 1, 1))], BODY[:32])
    raises(DecodeError, peer.answer, CONTENT, [(ETAG, b"x"), (BLOCK2, block(1, 0, 1))], b"x")


def test_blocks_that_do_not_fit_together():
    first = [(BLOCK2, block(0, 1, 1))]
    cases = (
        [(CONTENT, [(BLOCK2, block(1, 0, 1))], b"x")],
        [(CONTENT, first, BODY[:31])],
        [(CONTENT, [(BLOCK2, b"\x07")], b"x")],
        [(CONTENT, first, BODY[:32]), (CONTENT, [(BLOCK2, block(2, 0, 1))], b"x")],
        [(CONTENT, first, BODY[:32]), (CONTENT, [], b"x")],
        [(CONTENT, [(BLOCK2, block(n, 1, 1))], BODY[:32]) for n in range(4)],  # above `longest`
    )
    for responses in cases:
        peer = Peer(GET, longest=100)
        for response in responses[:-1]:
            assert peer.answer(*response) is None
        assert raises(DecodeError, peer.answer, *responses[-1]), responses
        assert peer.transfer.next_ms is None
    peer = Peer(payload=BODY)
    raises(DecodeError, peer.answer, CONTINUE, [(BLOCK1, block(1, 1, 1))])


def test_an_error_in_the_middle_is_the_result():
    peer = Peer(GET)
    peer.answer(CONTENT, [(BLOCK2, block(0, 1, 1))], BODY[:32])
    assert peer.answer(NOT_FOUND, [], b"gone").payload == b"gone"


def test_an_incomplete_response_is_fetched_again_or_is_the_result():
    for code, again in ((GET, True), (POST, False)):
        peer = Peer(code)
        peer.answer(CONTENT, [(BLOCK2, block(0, 1, 1))], BODY[:32])
        assert (peer.answer(REQUEST_ENTITY_INCOMPLETE) is None) == again
    peer = Peer(payload=b"plain")
    assert peer.answer(REQUEST_ENTITY_INCOMPLETE).code == REQUEST_ENTITY_INCOMPLETE


def test_an_echo_is_sent_back():
    peer = Peer(payload=BODY, szx=2)
    assert peer.answer(UNAUTHORIZED, [(ECHO, b"now")]) is None
    assert (peer.request.values(ECHO), peer.request.payload) == ([b"now"], BODY[:64])
    peer.answer(CONTINUE, [(BLOCK1, block(0, 1, 2))])
    peer.answer(UNAUTHORIZED, [(ECHO, b"newer")])
    assert (peer.request.values(ECHO), peer.request.payload) == ([b"newer"], BODY[64:])
    assert peer.answer(CHANGED).code == CHANGED


def test_a_challenge_for_ever_or_without_an_echo_is_the_result():
    for options in ([], [(ECHO, b"")], [(ECHO, bytes(41))]):
        assert Peer().answer(UNAUTHORIZED, options).code == UNAUTHORIZED
    peer = Peer()
    for _ in range(3):
        assert peer.answer(UNAUTHORIZED, [(ECHO, b"e")]) is None
    assert peer.answer(UNAUTHORIZED, [(ECHO, b"e")]).code == UNAUTHORIZED


def test_a_separate_response_is_acknowledged_again_in_the_middle_of_the_next_exchange():
    peer = Peer(GET)
    options = [(BLOCK2, block(0, 1, 1))]
    response = Message(CON, CONTENT, 77, peer.request.token, options, BODY[:32]).encode()
    assert peer.transfer.receive(response, 0) is None
    assert peer.transfer.poll(0) == empty(ACK, 77)
    peer.request = decode(peer.transfer.poll(0))
    assert peer.request.values(BLOCK2) == [block(1, 0, 1)]
    assert peer.transfer.receive(response, 5) is None
    assert peer.transfer.poll(5) == empty(ACK, 77)
    assert peer.transfer.poll(5) is None
    assert peer.answer(CONTENT, [(BLOCK2, block(1, 0, 1))], b"x").payload == BODY[:32] + b"x"


def test_non_confirmable_and_silence():
    peer = Peer(GET, type=NON)
    assert peer.request.type == NON
    peer.answer(CONTENT, [(BLOCK2, block(0, 1, 1))], BODY[:32], NON, 5)
    assert peer.request.type == NON
    assert peer.transfer.poll(peer.transfer.next_ms - 1) is None
    raises(LinkTimeout, peer.transfer.poll, peer.transfer.next_ms)


def test_message_ids_wrap_and_fractions_span_the_range():
    low, high = Identifiers(lambda n: 0), Identifiers(lambda n: (1 << n) - 1)
    assert [high.message_id(), high.message_id()] == [0, 1]
    assert (low.random_fraction(), high.random_fraction()) == (0.0, 1.0)
    assert (low.token(), high.token()) == (bytes(4), b"\xff" * 4)
