"""What an attacker, or a peer that went wrong, may try."""

from protocols.coap.message import Message, decode
from protocols.coap.numbers import (
    ACK,
    BAD_OPTION,
    BAD_REQUEST,
    CHANGED,
    CON,
    MAX_AGE,
    OSCORE,
    POST,
    SERVICE_UNAVAILABLE,
    UNAUTHORIZED,
)
from protocols.oscore import option
from protocols.oscore.client import ASKED, LOST, READY
from protocols.oscore.context import Context, byte_string
from protocols.oscore.errors import (
    ContextError,
    CoseError,
    OscoreError,
    ReplayError,
    TamperedError,
    UnprotectedError,
)
from protocols.oscore.protect import seal, unwrapped
from tests.portable.check import raises
from tests.portable.cipher import aes
from tests.portable.oscore_bench import KID, Collector, Node, established, exchange, response_to


def test_old_messages_of_the_agreement_do_nothing():
    node, collector = Node(), Collector()
    exchange(node, collector)
    request_1, request_2 = node.sent
    exchange(node, collector)
    raises(ReplayError, collector.answer, request_2)
    collector.answer(request_1)  # an answer that nobody waits for
    raises(ReplayError, collector.answer, request_2)
    node.power_on()
    exchange(node, collector)
    collector.answer(request_2)  # no more than a request #1
    assert exchange(node, collector)[1] == 1
    assert len(collector.handled) == 4


def test_a_replayed_request_is_handed_over_once():
    node, collector = established()
    exchange(node, collector, b"once")
    for datagram in node.sent[1:]:
        error = raises(ReplayError, collector.answer, datagram)
        assert collector.server.refusal(error) == (UNAUTHORIZED, b"Replay detected", [(MAX_AGE, b"")])
    assert collector.handled == [b"report", b"once"]
    assert collector.server.counts["ReplayError"] == 2


def test_reordered_requests_are_each_handed_over():
    node, collector = established()
    datagrams = [node.protect(b"%d" % number).encode() for number in range(5)]
    for at in (3, 0, 4, 2, 1):
        collector.answer(datagrams[at])
        raises(ReplayError, collector.answer, datagrams[at])
    assert collector.handled[1:] == [b"3", b"0", b"4", b"2", b"1"]


def test_a_forged_request_does_not_use_up_its_number():
    node, collector = established()
    request = node.protect()
    forged = decode(request.encode())
    forged.payload = forged.payload[:-1] + bytes([forged.payload[-1] ^ 1])
    raises(TamperedError, collector.answer, forged.encode())
    collector.answer(request.encode())
    assert len(collector.handled) == 2


def test_a_wrong_secret():
    node, collector = Node(secret=b"another secret.."), Collector()
    request = node.protect()
    error = raises(TamperedError, collector.answer, request.encode())
    refusal = response_to(request, collector.server.refusal(error))
    assert (refusal.code, refusal.payload) == (BAD_REQUEST, b"Decryption failed")
    raises(UnprotectedError, node.client.unprotect_response, refusal)
    assert node.client.refused == 1


def test_a_wrong_kid():
    node, collector = Node(), Collector()
    node.credentials.sender_id = b"\x99"
    request = node.protect()
    error = raises(ContextError, collector.answer, request.encode())
    assert collector.server.refusal(error)[0] == UNAUTHORIZED
    assert collector.server.counts == {"ContextError": 1}


def test_kid_contexts_that_are_none_of_appendix_b2():
    _, collector = established()
    for kid_context, error in (
        (b"", CoseError),
        (b"\x43ab", CoseError),
        (byte_string(b"seven.."), ContextError),
        (byte_string(bytes(65)), CoseError),
        (byte_string(bytes(8)), TamperedError),
    ):
        options = [(OSCORE, option.encode(b"\7", KID, kid_context))]
        raises(error, collector.answer, Message(CON, POST, 1, b"", options, bytes(20)).encode())
    assert collector.handled == [b"report"]


def test_options_that_break_the_format():
    _, collector = established()
    for value in (b"", b"\x08" + KID, b"\x01\0", b"\x0e123456" + KID, b"\x89\0" + KID):
        request = Message(CON, POST, 1, b"", [(OSCORE, value)], bytes(20))
        error = raises(CoseError, collector.answer, request.encode())
        refusal = response_to(request, collector.server.refusal(error))
        assert (refusal.code, refusal.payload) == (BAD_OPTION, b"Failed to decode COSE")


def test_a_plain_request_gets_no_answer():
    _, collector = established()
    plain = Message(CON, POST, 1, b"t", (), b"open the cover")
    error = raises(UnprotectedError, collector.answer, plain.encode())
    assert collector.server.refusal(error) is None
    assert collector.handled == [b"report"]
    assert collector.server.counts["UnprotectedError"] == 1


def test_a_plain_response_is_not_believed():
    node, _ = established()
    for code, state in ((CHANGED, READY), (SERVICE_UNAVAILABLE, READY), (UNAUTHORIZED, LOST)):
        request = node.protect()
        plain = Message(ACK, code, request.message_id, request.token, (), b"commands")
        raises(UnprotectedError, node.client.unprotect_response, plain)
        assert node.client.state == state
    assert node.client.refused == 3


def test_the_response_to_another_request():
    node, collector = established()
    old = collector.answer(node.protect(b"1").encode())
    request = node.protect(b"2")
    raises(TamperedError, node.client.unprotect_response, decode(old))
    response = decode(collector.answer(request.encode()))
    for at in range(len(response.payload)):
        forged = decode(response.encode())
        forged.payload = (
            response.payload[:at] + bytes([response.payload[at] ^ 0x80]) + response.payload[at + 1 :]
        )
        raises(TamperedError, node.client.unprotect_response, forged)
        forged.payload = response.payload[:at]
        raises(OscoreError, node.client.unprotect_response, forged)
    assert node.client.unprotect_response(response).payload == b"got 2"


def test_a_response_is_taken_once():
    node, collector = established()
    response = decode(collector.answer(node.protect().encode()))
    node.client.unprotect_response(response)
    raises(ReplayError, node.client.unprotect_response, response)


def test_a_response_before_any_request():
    node, collector = established()
    response = decode(collector.answer(node.protect().encode()))
    plain = Message(ACK, UNAUTHORIZED, 1, b"tk")
    for boot in (node.wake, node.power_on):
        boot()
        state = node.client.state
        raises(ReplayError, node.client.unprotect_response, response)
        raises(ReplayError, node.client.unprotect_response, plain)
        assert node.client.state == state


def test_response_1_is_taken_once():
    node, collector = Node(), Collector()
    response = decode(collector.answer(node.protect().encode()))
    assert node.client.unprotect_response(response) is None
    raises(TamperedError, node.client.unprotect_response, response)
    assert exchange(node, collector)[1] == 1


def test_a_response_under_the_clients_randomness_alone():
    node, collector = Node(), Collector()
    request = node.protect()
    number, kid, kid_context = option.decode(request.values(OSCORE)[0])
    context = Context(aes, collector.contexts.credentials(KID), unwrapped(kid_context))
    pair = kid, number
    plain = Message(ACK, CHANGED, request.message_id, request.token, (), b"from long ago?")
    raises(CoseError, node.client.unprotect_response, seal(context, plain, pair, pair, b""))
    assert node.client.state == ASKED


def test_a_response_whose_kid_context_is_no_r2():
    node, _ = established()
    for kid_context, error in (
        (b"", CoseError),
        (byte_string(bytes(65)), CoseError),
        (byte_string(bytes(64)), TamperedError),
    ):
        request = node.protect()
        options = [(OSCORE, option.encode(kid_context=kid_context))]
        response = Message(ACK, CHANGED, request.message_id, request.token, options, bytes(20))
        raises(error, node.client.unprotect_response, response)
    assert node.client.state == READY


def test_a_response_with_a_critical_option_inside():
    node, collector = established()
    message = node.protect()
    request = collector.server.unprotect_request(message)
    response = collector.server.protect_response(request, (CHANGED, b"", [(2049, b"")]))
    raises(CoseError, node.client.unprotect_response, response_to(message, response))


def test_a_second_response_is_refused():
    node, collector = established()
    request = collector.server.unprotect_request(decode(node.protect().encode()))
    response = CHANGED, b"", ()
    collector.server.protect_response(request, response)
    raises(ValueError, collector.server.protect_response, request, response)


def test_nothing_of_the_application_can_be_read_on_the_way():
    node, collector = Node(), Collector()
    for datagram in [node.protect(b"secret").encode() for _ in range(2)]:
        assert b"secret" not in datagram
        assert b"up" not in datagram
        assert b"secret" not in collector.answer(datagram)
