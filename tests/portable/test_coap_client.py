from protocols.coap.client import DONE, FAILED, SENT, WAITING, Exchange, ResetError, post
from protocols.coap.message import Message, decode, empty
from protocols.coap.numbers import ACK, CHANGED, CON, CONTENT, EMPTY, GET, NON, RST
from protocols.compat import ticks_add, ticks_diff
from protocols.errors import LinkTimeout
from tests.portable.check import raises

TOKEN = b"\x20\x21"
MESSAGE_ID = 0x7D34
T0 = (1 << 30) - 1000  # MicroPython's ticks wrap at 2^30, so during the exchange


def started():
    exchange = Exchange(post("/up/pole-1", b"hello", 60, MESSAGE_ID, TOKEN), 0.5)
    return exchange, exchange.start(T0)


def later(ms):
    return ticks_add(T0, ms)


def response(type, message_id=MESSAGE_ID, token=TOKEN, options=()):
    return Message(type, CHANGED, message_id, token, options, b"ok").encode()


def test_the_request():
    _, datagram = started()
    assert datagram == b"\x42\x02\x7d\x34\x20\x21\xb2up\x06pole-1\x11\x3c\xffhello"


def test_piggybacked_response():
    exchange, _ = started()
    assert exchange.poll(later(10)) is None
    answer = exchange.receive(response(ACK), later(900))
    assert (answer.code, answer.payload) == (CHANGED, b"ok")
    assert exchange.state == DONE
    assert exchange.next_ms is None
    assert exchange.poll(later(60_000)) is None


def test_retransmissions_double_and_end():
    exchange, datagram = started()
    sent_ms = []
    now_ms = 0
    while exchange.next_ms is not None:
        assert exchange.poll(ticks_add(exchange.next_ms, -1)) is None
        now_ms = ticks_diff(exchange.next_ms, T0)
        try:
            assert exchange.poll(exchange.next_ms) == datagram
            sent_ms.append(now_ms)
        except LinkTimeout:
            break
    assert sent_ms == [18_750, 56_250]  # 15 s * 1.25, and then twice that
    assert now_ms == 131_250
    assert exchange.state == FAILED
    assert exchange.poll(later(500_000)) is None
    assert exchange.receive(response(ACK), later(500_000)) is None


def test_a_response_to_a_retransmission():
    exchange, datagram = started()
    assert exchange.poll(later(18_750)) == datagram
    assert exchange.receive(response(ACK), later(20_000)).payload == b"ok"


def test_separate_response_is_acknowledged():
    exchange, _ = started()
    assert exchange.receive(empty(ACK, MESSAGE_ID), later(1000)) is None
    assert exchange.state == WAITING
    assert exchange.poll(later(60_000)) is None  # no retransmission any more
    assert exchange.receive(response(CON, 0xAD7B), later(61_000)).payload == b"ok"
    assert exchange.poll(later(61_000)) == empty(ACK, 0xAD7B)
    assert exchange.poll(later(61_000)) is None


def test_a_lost_acknowledgement_of_the_response_is_sent_again():
    exchange, _ = started()
    exchange.receive(response(CON, 0xAD7B), later(1000))
    assert exchange.poll(later(1000)) == empty(ACK, 0xAD7B)
    assert exchange.receive(response(CON, 0xAD7B), later(4000)) is None
    assert exchange.poll(later(4000)) == empty(ACK, 0xAD7B)


def test_separate_response_before_or_without_the_empty_ack():
    for type, outgoing in ((CON, empty(ACK, 7)), (NON, None)):
        exchange, _ = started()
        assert exchange.receive(response(type, 7), later(1000)).payload == b"ok"
        assert exchange.state == DONE
        assert exchange.poll(later(1000)) == outgoing
        assert exchange.receive(empty(ACK, MESSAGE_ID), later(1100)) is None


def test_a_separate_response_that_never_comes():
    exchange, _ = started()
    exchange.receive(empty(ACK, MESSAGE_ID), later(1000))
    assert ticks_diff(exchange.next_ms, T0) == 1000 + 157_500
    assert exchange.poll(later(158_499)) is None
    raises(LinkTimeout, exchange.poll, later(158_500))
    assert exchange.state == FAILED


def test_reset():
    exchange, _ = started()
    raises(ResetError, exchange.receive, empty(RST, MESSAGE_ID), later(1000))
    assert exchange.state == FAILED
    assert exchange.next_ms is None


def test_what_is_not_for_this_exchange_changes_nothing():
    exchange, _ = started()
    ignored = (
        empty(ACK, MESSAGE_ID + 1),
        empty(RST, MESSAGE_ID + 1),
        response(ACK, MESSAGE_ID + 1),
        response(ACK, token=b"\x20"),
        response(NON, token=b""),
        response(RST),
        response(ACK, options=[(9, b"")]),  # a critical option
        Message(NON, GET, 5, TOKEN).encode(),
        b"",
        b"\x00\x00\x00\x00",
        b"\x60\x44\x7d\x34\xff",
    )
    for datagram in ignored:
        assert exchange.receive(datagram, later(1000)) is None
        assert exchange.poll(later(1000)) is None
        assert exchange.state == SENT
    assert exchange.receive(response(ACK), later(1000))


def test_confirmable_messages_for_nobody_are_reset():
    exchange, _ = started()
    rejected = (
        response(CON, 9, token=b"\x20"),
        response(CON, 9, options=[(9, b"")]),
        Message(CON, GET, 9, TOKEN).encode(),
        empty(CON, 9),
        b"\x4f\x45\x00\x09",
    )
    for datagram in rejected:
        assert exchange.receive(datagram, later(1000)) is None
        assert exchange.poll(later(1000)) == empty(RST, 9)
        assert exchange.state == SENT


def test_a_response_after_the_end_is_reset():
    exchange, _ = started()
    raises(ResetError, exchange.receive, empty(RST, MESSAGE_ID), later(1000))
    assert exchange.receive(response(CON, 9), later(2000)) is None
    assert exchange.poll(later(2000)) == empty(RST, 9)


def test_every_code_of_a_response_is_handed_over():
    for code in (CONTENT, 0x84, 0xA0):
        exchange, _ = started()
        answer = exchange.receive(Message(ACK, code, MESSAGE_ID, TOKEN).encode(), later(5))
        assert answer == decode(Message(ACK, code, MESSAGE_ID, TOKEN).encode())
        assert answer.code != EMPTY


def test_a_non_confirmable_request_is_sent_once():
    exchange = Exchange(Message(NON, GET, MESSAGE_ID, TOKEN), 0.5)
    exchange.start(T0)
    assert exchange.state == WAITING
    assert ticks_diff(exchange.next_ms, T0) == 157_500
    assert exchange.receive(response(NON, 9), later(5)).payload == b"ok"
    assert exchange.poll(later(5)) is None
    exchange = Exchange(Message(NON, GET, MESSAGE_ID, TOKEN), 0.5)
    exchange.start(T0)
    raises(LinkTimeout, exchange.poll, later(157_500))


def test_a_reset_ends_the_wait():
    exchange = Exchange(Message(NON, GET, MESSAGE_ID, TOKEN), 0.5)
    exchange.start(T0)
    raises(ResetError, exchange.receive, empty(RST, MESSAGE_ID), later(5))
    exchange, _ = started()
    exchange.receive(empty(ACK, MESSAGE_ID), later(5))  # and then the server forgot everything
    raises(ResetError, exchange.receive, empty(RST, MESSAGE_ID), later(9))


def test_critical_options_that_the_caller_understands():
    request = Message(CON, GET, MESSAGE_ID, TOKEN)
    for options, taken in (([(9, b"")], True), ([(9, b""), (9, b"")], False), ([(23, b"")], False)):
        exchange = Exchange(request, 0.5, understood=(9,))
        exchange.start(T0)
        assert bool(exchange.receive(response(ACK, options=options), later(5))) == taken
