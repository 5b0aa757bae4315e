from protocols.coap.message import Message, decode, empty, path_options
from protocols.coap.numbers import ACK, CHANGED, CON, GET, NON, RST
from protocols.coap.parameters import NB_IOT
from protocols.coap.separate import CAPACITY
from protocols.coap.server import Later, Server

NODE = ("192.0.2.1", 5683)
OTHER = ("192.0.2.2", 5683)


class Site:
    """A server whose handler promises every response."""

    def __init__(self):
        self.promised = []
        self.refused = []
        self.server = Server(self.handle, lambda source, reason: self.refused.append(reason), 99)

    def handle(self, request, source, now_ms):
        self.promised.append(Later())
        return self.promised[-1]

    def ask(self, message_id=1, source=NODE, type=CON, token=b"tk"):
        datagram = Message(type, GET, message_id, token, path_options("/slow")).encode()
        return self.server.receive(datagram, source, 0)

    def respond(self, at=-1, now_ms=0, payload=b"at last"):
        self.server.respond(self.promised[at], (CHANGED, payload, []), now_ms, 0.0)

    def sent(self, now_ms=0):
        datagrams = []
        while True:
            outgoing = self.server.poll(now_ms)
            if outgoing is None:
                return datagrams
            datagrams.append((decode(outgoing[0]), outgoing[1]))

    def tell(self, type, message_id, source=NODE, now_ms=0):
        return self.server.receive(empty(type, message_id), source, now_ms)


def test_an_empty_acknowledgement_and_later_the_response():
    site = Site()
    assert site.ask() == empty(ACK, 1)
    assert site.server.next_ms is None
    assert site.sent(5000) == []
    site.respond(now_ms=5000)
    assert site.server.next_ms == 5000
    assert site.sent(5000) == [(Message(CON, CHANGED, 100, b"tk", [], b"at last"), NODE)]
    assert site.tell(ACK, 100, now_ms=6000) is None
    assert site.server.next_ms is None
    assert site.refused == []


def test_a_repeated_request_is_acknowledged_again_before_and_after_the_response():
    site = Site()
    site.ask()
    assert site.ask() == empty(ACK, 1)
    site.respond()
    assert site.ask() == empty(ACK, 1)
    assert len(site.promised) == 1


def test_the_response_is_sent_again_until_it_is_given_up():
    site = Site()
    site.ask()
    site.respond()
    sent_ms = []
    while site.server.next_ms is not None:
        now_ms = site.server.next_ms
        assert now_ms == 0 or site.sent(now_ms - 1) == []
        sent_ms += [now_ms] * len(site.sent(now_ms))
    assert sent_ms == [0, 15_000, 45_000]
    assert now_ms == 105_000
    assert site.refused == ["the separate response was not acknowledged"]


def test_a_reset_stops_it():
    site = Site()
    site.ask()
    site.respond()
    site.sent()
    assert site.tell(RST, 100) is None
    assert site.server.next_ms is None
    assert site.refused == ["the separate response was reset"]


def test_only_the_answer_of_the_client_to_that_message_counts():
    site = Site()
    site.ask()
    site.respond()
    site.sent()
    site.tell(ACK, 101)
    site.tell(ACK, 100, OTHER)
    assert len(site.refused) == 2
    assert len(site.sent(NB_IOT.ack_timeout_ms)) == 1


def test_one_response_at_a_time_towards_each_client():
    site = Site()
    for message_id, source in ((1, NODE), (2, NODE), (3, OTHER)):
        site.ask(message_id, source)
        site.respond(payload=bytes([message_id]))
    assert sorted((m.payload, to) for m, to in site.sent()) == [(b"\x01", NODE), (b"\x03", OTHER)]
    site.tell(ACK, 100, now_ms=40)
    assert site.server.next_ms == 40
    assert [m.payload for m, _ in site.sent(40)] == [b"\x02"]
    site.tell(ACK, 101, now_ms=50)
    site.tell(ACK, 102, OTHER, now_ms=50)
    assert site.server.next_ms is None


def test_the_next_response_goes_when_the_one_before_it_is_given_up():
    site = Site()
    for message_id in (1, 2):
        site.ask(message_id)
        site.respond(payload=bytes([message_id]))
    payloads = [m.payload for now_ms in (0, 15_000, 45_000, 105_000) for m, _ in site.sent(now_ms)]
    assert payloads == [b"\x01", b"\x01", b"\x01", b"\x02"]


def test_a_non_confirmable_request_gets_a_non_confirmable_response():
    site = Site()
    assert site.ask(type=NON) is None
    assert site.ask(type=NON) is None
    assert len(site.promised) == 1
    site.respond()
    site.respond()
    assert [(m.type, m.token) for m, _ in site.sent()] == [(NON, b"tk")] * 2
    assert site.server.next_ms is None


def test_layers_shape_the_response():
    site = Site()
    site.ask()
    site.promised[0].layers.append(lambda response, now_ms: (response[0], b"<" + response[1], []))
    site.promised[0].layers.append(lambda response, now_ms: (response[0], response[1] + b">", []))
    site.respond()
    assert site.sent()[0][0].payload == b"<at last>"


def test_what_waits_is_bounded():
    site = Site()
    for message_id in range(CAPACITY + 3):
        site.ask(message_id, source=message_id % 7)
        site.respond()
    assert site.refused == ["too many separate responses are waiting"] * 3
    site.sent()
    site.server.receive(empty(ACK, 100), 0, 0)
    site.respond()
    assert len(site.refused) == 3
