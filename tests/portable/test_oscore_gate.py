"""OSCORE between a CoAP server and its handler: whole datagrams, duplicates, outer blocks."""

from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.blocks import block_value, insert, read_block
from protocols.coap.identifiers import Identifiers
from protocols.coap.message import Message, decode, empty
from protocols.coap.numbers import (
    ACK,
    BAD_OPTION,
    BLOCK1,
    BLOCK2,
    CHANGED,
    CON,
    CONTINUE,
    NON,
    OSCORE,
    POST,
    UNAUTHORIZED,
    URI_PATH,
)
from protocols.coap.server import Later, Server
from protocols.coap.transfer import Transfer
from protocols.oscore.gate import Gate
from tests.portable.oscore_bench import KID, Collector, Node

SZX, SIZE = 2, 64


class Guarded:
    """A node with a context, and a CoAP server that lets only OSCORE in; `asked` are the handler's calls."""

    def __init__(self):
        self.node, self.collector = Node(), Collector()
        self.asked = []
        self.refused = []
        self.response = CHANGED, b"done", ()
        gate = Gate(self.collector.server, self.handle, self.refuse)
        blockwise = Blockwise(gate.handle, SZX)
        self.server = Server(blockwise.handle, self.refuse, 0, understood=(OSCORE,) + BLOCK_OPTIONS)
        self.take(self.send(self.node.protect()))  # response #1

    def handle(self, request, source, now_ms):
        self.asked.append((source, request.path(), request.payload))
        return self.response

    def refuse(self, source, reason):
        self.refused.append(reason)

    def send(self, message):
        return self.server.receive(message.encode(), "address", 0)

    def take(self, datagram):
        return self.node.client.unprotect_response(decode(datagram))


def test_the_handler_sees_who_it_is_and_nothing_of_oscore():
    guarded = Guarded()
    response = guarded.take(guarded.send(guarded.node.protect(b"hello")))
    assert (response.code, response.payload, response.options) == (CHANGED, b"done", [])
    assert guarded.asked == [(KID, ["up"], b"hello")]
    assert guarded.refused == []


def test_a_duplicate_gets_the_same_datagram():
    guarded = Guarded()
    request = guarded.node.protect()
    assert guarded.send(request) == guarded.send(request)
    assert len(guarded.asked) == 1


def test_a_replay_with_another_message_id_is_refused():
    guarded = Guarded()
    request = guarded.node.protect()
    guarded.send(request)
    request.message_id += 1
    refusal = decode(guarded.send(request))
    assert (refusal.code, refusal.payload) == (UNAUTHORIZED, b"Replay detected")
    assert guarded.refused == ["number 0"]
    assert len(guarded.asked) == 1


def test_a_plain_request_is_not_answered():
    guarded = Guarded()
    assert guarded.send(Message(CON, POST, 99, b"t", [(URI_PATH, b"up")], b"x")) == empty(ACK, 99)
    assert guarded.send(Message(NON, POST, 98, b"t", [(URI_PATH, b"up")], b"x")) is None
    assert guarded.refused == ["a plain request"] * 2
    assert guarded.asked == []


def test_a_critical_option_inside_is_refused_under_protection():
    guarded = Guarded()
    request = Message(CON, POST, 50, b"t", [(URI_PATH, b"up"), (2049, b"")], b"x")
    response = guarded.take(guarded.send(guarded.node.client.protect_request(request)))
    assert (response.code, response.payload) == (BAD_OPTION, b"option 2049")
    assert guarded.asked == []


def test_a_response_that_comes_later_is_protected():
    guarded = Guarded()
    guarded.response = later = Later()
    request = guarded.node.protect()
    assert guarded.send(request) == empty(ACK, request.message_id)
    guarded.server.respond(later, (CHANGED, b"at last", ()), 5, 0.0)
    datagram, destination = guarded.server.poll(5)
    assert destination == "address"
    assert b"at last" not in datagram
    assert guarded.take(datagram).payload == b"at last"


def test_outer_blocks_both_ways():
    guarded = Guarded()
    guarded.response = CHANGED, b"r" * 150, ()
    protected = guarded.node.protect(b"q" * 150)
    message_id = 100
    count = (len(protected.payload) + SIZE - 1) // SIZE
    for number in range(count):
        part = protected.payload[number * SIZE : number * SIZE + SIZE]
        options = list(protected.options)
        insert(options, BLOCK1, block_value(number * SIZE, number < count - 1, SZX))
        answer = decode(guarded.send(Message(CON, POST, message_id + number, b"t", options, part)))
        assert (answer.code == CONTINUE) == (number < count - 1)
    assert guarded.asked == [(KID, ["up"], b"q" * 150)]
    body = answer.payload
    while read_block(answer, BLOCK2)[1]:
        message_id += 10
        options = list(protected.options)
        insert(options, BLOCK2, block_value(len(body), False, SZX))
        answer = decode(guarded.send(Message(CON, POST, message_id, b"t", options)))
        body += answer.payload
    assert len(guarded.asked) == 1
    whole = Message(ACK, answer.code, 0, b"", answer.options, body)
    assert guarded.node.client.unprotect_response(whole).payload == b"r" * 150


def test_outer_blocks_by_a_transfer():
    guarded = Guarded()
    guarded.response = CHANGED, b"r" * 1000, ()
    message = guarded.node.protect(b"q" * 700)
    names = Identifiers(lambda bits: 5)
    transfer = Transfer(names, message.code, message.options, message.payload, szx=SZX, understood=(OSCORE,))
    datagram, result = transfer.start(0), None
    while result is None:
        answer = guarded.server.receive(datagram, "address", 0)
        result = transfer.receive(answer, 0)
        datagram = transfer.poll(0)
    assert guarded.asked == [(KID, ["up"], b"q" * 700)]
    assert guarded.node.client.unprotect_response(result).payload == b"r" * 1000


def test_a_block_that_was_changed_on_the_way():
    guarded = Guarded()
    protected = guarded.node.protect(b"q" * 80)
    for number, more in ((0, True), (1, False)):
        part = protected.payload[number * SIZE : number * SIZE + SIZE]
        options = list(protected.options)
        insert(options, BLOCK1, block_value(number * SIZE, more, SZX))
        flipped = bytes([part[0] ^ number]) + part[1:]
        answer = decode(guarded.send(Message(CON, POST, number + 100, b"t", options, flipped)))
    assert answer.payload == b"Decryption failed"
    assert guarded.asked == []
