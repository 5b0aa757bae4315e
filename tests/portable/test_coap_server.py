from protocols.coap.dedup import ReplyMemory, exchange_lifetime_ms
from protocols.coap.message import Message, decode, empty, path_options
from protocols.coap.numbers import ACK, CHANGED, CON, CONTENT, GET, NON, POST, RST, dotted
from protocols.coap.parameters import NB_IOT
from protocols.coap.server import Server
from tests.portable.check import raises

NODE = ("192.0.2.1", 5683)
OTHER = ("192.0.2.2", 5683)
LIFETIME_MS = exchange_lifetime_ms(NB_IOT)


class Site:
    """A server with a handler that counts, and what it refused."""

    def __init__(self):
        self.asked = []
        self.refused = []
        self.broken = False
        self.server = Server(self.handle, lambda source, reason: self.refused.append(reason), 0xFFFE)

    def handle(self, request, source, now_ms):
        if self.broken:
            raise OSError("disk full")
        self.asked.append((request.path(), source))
        return CHANGED, str(len(self.asked)).encode(), [(12, b"\x3c")]

    def ask(self, message, source=NODE, now_ms=0):
        reply = self.server.receive(message.encode(), source, now_ms)
        return reply and decode(reply)


def request(type=CON, message_id=1, options=(), code=POST):
    return Message(type, code, message_id, b"tk", options)


def test_a_confirmable_request_gets_a_piggybacked_response():
    site = Site()
    reply = site.ask(request(options=path_options("/up/a")))
    assert reply == Message(ACK, CHANGED, 1, b"tk", [(12, b"\x3c")], b"1")
    assert site.asked == [(["up", "a"], NODE)]


def test_a_non_confirmable_request_gets_a_non_confirmable_response():
    site = Site()
    assert site.ask(request(NON)) == Message(NON, CHANGED, 0xFFFF, b"tk", [(12, b"\x3c")], b"1")
    assert site.ask(request(NON, 2)).message_id == 0


def test_a_repeated_request_gets_the_very_same_reply():
    for type in (CON, NON):
        site = Site()
        datagram = request(type).encode()
        first = site.server.receive(datagram, NODE, 0)
        assert site.server.receive(datagram, NODE, LIFETIME_MS - 1) == first
        assert len(site.asked) == 1


def test_another_source_or_message_id_or_time_is_another_request():
    site = Site()
    for arguments in ((request(), NODE, 0), (request(), OTHER, 0), (request(message_id=2), NODE, 0)):
        site.ask(*arguments)
    site.ask(request(), NODE, LIFETIME_MS)
    assert len(site.asked) == 4


def test_a_handler_that_fails_is_asked_again():
    site = Site()
    site.broken = True
    raises(OSError, site.ask, request())
    site.broken = False
    assert site.ask(request()).code == CHANGED


def test_ping_is_answered_with_a_reset():
    site = Site()
    assert site.server.receive(empty(CON, 77), NODE, 0) == empty(RST, 77)
    assert site.refused == []


def test_what_is_no_request():
    cases = (
        (Message(CON, CONTENT, 5, b"t").encode(), empty(RST, 5)),
        (Message(NON, CONTENT, 5, b"t").encode(), None),
        (Message(ACK, POST, 5, b"t").encode(), None),
        (Message(RST, POST, 5, b"t").encode(), None),
        (empty(ACK, 5), None),
        (empty(RST, 5), None),
        (empty(NON, 5), None),
        (b"\x4f\x02\x00\x05", empty(RST, 5)),
        (b"\x5f\x02\x00\x05", None),
        (b"\x80\x02\x00\x05", None),
        (b"", None),
    )
    site = Site()
    for datagram, reply in cases:
        assert site.server.receive(datagram, NODE, 0) == reply, datagram
    assert site.asked == []
    assert len(site.refused) == len(cases)


def test_critical_options_that_are_not_understood_or_malformed():
    cases = (
        ([(9, b"")], 9),
        ([(1, b"etag")], 1),
        ([(3, b"")], 3),
        ([(7, b"\x00\x00\x01")], 7),
        ([(11, b"up"), (17, b"\x3c"), (17, b"\x3c")], 17),
        ([(65001, b"")], 65001),
    )
    for options, bad in cases:
        site = Site()
        reply = site.ask(request(options=options))
        assert (dotted(reply.code), reply.payload) == ("4.02", b"option " + str(bad).encode())
        assert reply.type == ACK and reply.token == b"tk"
        assert site.ask(request(NON, 2, options)) is None
        assert site.asked == []
        assert len(site.refused) == 2


def test_elective_options_do_not_matter():
    options = [(4, b""), (12, b"abc"), (12, b""), (14, b"12345"), (65000, b"")]
    assert Site().ask(request(options=options)).code == CHANGED
    understood = [(3, b"example.net"), (7, b"\x16\x33"), (11, b"a"), (11, b"b"), (15, b"q"), (17, b"\x3c")]
    assert Site().ask(request(options=understood)).code == CHANGED


def test_it_is_not_a_proxy():
    for options in ([(35, b"coap://example.net/")], [(39, b"coap")]):
        assert dotted(Site().ask(request(options=options, code=GET)).code) == "5.05"


def test_reply_memory_forgets():
    memory = ReplyMemory(1000)
    for now_ms in range(0, 10_000, 100):
        memory.remember(now_ms, b"reply", now_ms)
        for age_ms in range(0, min(now_ms + 1, 1000), 100):
            assert memory.recall(now_ms - age_ms, now_ms) == b"reply", (now_ms, age_ms)
        assert memory.recall(now_ms - 1000, now_ms) is None
        assert len(memory._young) + len(memory._old) <= 20


def test_reply_memory_when_the_clock_is_set_back():
    memory = ReplyMemory(1000)
    memory.remember("a", b"reply", 5000)
    assert memory.recall("a", 4999) is None
    memory.remember("b", b"reply", 100)
    assert memory.recall("b", 200) == b"reply"
