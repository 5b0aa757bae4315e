"""Client and server together: the fresh context, and what becomes of it when either side loses something."""

from protocols.coap.message import Message, decode
from protocols.coap.numbers import CHANGED, CON, ECHO, OSCORE, POST, UNAUTHORIZED
from protocols.oscore import option
from protocols.oscore.client import AGREED, ASKED, LOST, READY
from protocols.oscore.errors import ContextError, ReplayError, TamperedError, UnprotectedError
from protocols.oscore.sequence import LIMIT, STEP
from tests.portable.check import raises
from tests.portable.oscore_bench import KID, Collector, Node, established, exchange, response_to


def nonces(datagrams):
    """What makes key and nonce of requests: kid context, and partial IV."""
    fields = [option.decode(decode(datagram).values(OSCORE)[0]) for datagram in datagrams]
    return [(kid_context, number) for number, _, kid_context in fields]


def test_a_new_node_makes_a_context():
    node, collector = Node(), Collector()
    assert node.client.state == LOST
    first = node.protect(b"report")
    assert node.client.state == ASKED
    answer = collector.answer(first.encode())
    assert collector.handled == []
    assert node.client.unprotect_response(decode(answer)) is None
    assert node.client.state == AGREED
    answer = collector.answer(node.protect(b"report").encode())
    assert node.client.unprotect_response(decode(answer)).payload == b"got report"
    assert node.client.state == READY
    assert collector.handled == [b"report"]
    assert collector.server.counts == {"answered": 1, "fresh contexts": 1, "handed over": 1}


def test_then_each_report_takes_one_exchange_without_kid_context():
    node, collector = established()
    for number in range(1, 70):
        response, requests = exchange(node, collector, b"%d" % number)
        assert (response.code, response.payload, requests) == (CHANGED, b"got %d" % number, 1)
        assert nonces(node.sent[-1:]) == [(None, bytes([number]))]
    assert node.flash.written == 2  # steps of 64
    assert collector.contexts.written == 1


def test_deep_sleep_continues():
    node, collector = established()
    for _ in range(3):
        node.wake()
        assert exchange(node, collector)[1] == 1
    assert [number for _, number in nonces(node.sent[-3:])] == [b"\1", b"\2", b"\3"]


def test_a_cold_boot_makes_a_fresh_context():
    node, collector = established()
    node.power_on()
    assert exchange(node, collector)[1] == 2
    assert collector.server.counts["fresh contexts"] == 2
    assert len(set(nonces(node.sent))) == len(node.sent)


def test_a_cloned_flash_makes_a_fresh_context():
    node, collector = established()
    clone = Node(seed=b"clone")
    clone.flash.content = node.flash.content
    clone.wake()
    assert exchange(clone, collector)[1] == 2
    raises(TamperedError, exchange, node, collector)  # the original notices: its keys are not in use any more


def test_a_restored_flash_makes_a_fresh_context():
    node, collector = established()
    image = node.flash.content
    for _ in range(STEP):
        exchange(node, collector)
    node.flash.content = image
    node.wake()
    assert node.client.state == LOST
    assert exchange(node, collector)[1] == 2
    assert len(set(nonces(node.sent))) == len(node.sent)


def test_state_restored_against_all_precautions_ends_with_the_first_answer():
    node, collector = established()
    flash, witness = node.flash.content, node.witness.content
    exchange(node, collector)
    node.flash.content, node.witness.content = flash, witness
    node.wake()
    request = node.protect()
    error = raises(ReplayError, collector.answer, request.encode())
    refusal = response_to(request, collector.server.refusal(error))
    raises(UnprotectedError, node.client.unprotect_response, refusal)
    assert node.client.state == LOST
    assert exchange(node, collector)[1] == 2


def test_lost_messages_of_the_agreement():
    node, collector = Node(), Collector()
    node.protect()  # request #1 is lost
    collector.answer(node.protect().encode())  # response #1 is lost
    node.client.unprotect_response(decode(collector.answer(node.protect().encode())))
    node.protect()  # request #2 is lost
    collector.answer(node.protect().encode())  # response #2 is lost
    assert collector.handled == [b"report"]
    assert node.client.state == AGREED
    assert exchange(node, collector)[1] == 1
    assert node.client.state == READY
    assert len(set(nonces(node.sent))) == len(node.sent)


def test_the_server_forgets_r2():
    node, collector = Node(), Collector()
    node.client.unprotect_response(decode(collector.answer(node.protect().encode())))
    collector.start()
    assert exchange(node, collector)[1] == 2
    assert node.client.state == READY


def test_the_server_renews_the_keys():
    node, collector = established()
    before = node.flash.content
    collector.server.renew(KID)
    assert exchange(node, collector)[1] == 2
    assert node.flash.content[4:] != before[4:]
    assert exchange(node, collector)[1] == 1
    assert collector.server.counts["fresh contexts"] == 2


def test_the_client_renews_the_keys():
    node, collector = established()
    node.client.renew()
    assert exchange(node, collector)[1] == 2
    assert collector.server.counts["fresh contexts"] == 2


def test_used_up_numbers_renew_the_keys():
    node, collector = established()
    node.client._stored._sequence.next = LIMIT - 1
    assert exchange(node, collector)[1] == 1
    assert exchange(node, collector)[1] == 2
    assert nonces(node.sent[-1:])[0][1] == b"\0"


def test_after_a_crash_the_window_is_recovered_with_echo():
    node, collector = established()
    exchange(node, collector, b"before")
    old = node.sent[-1]
    collector.start()
    for _ in range(3):
        challenge = decode(collector.answer(old))  # it cannot know that this one was handed over
        assert challenge.code == CHANGED
    response, requests = exchange(node, collector, b"after")
    assert (response.payload, requests) == (b"got after", 2)
    raises(ReplayError, collector.answer, old)
    raises(ReplayError, collector.answer, node.sent[-1])
    assert exchange(node, collector)[1] == 1
    assert collector.handled == [b"report", b"before", b"after", b"report"]


def test_an_echo_of_another_life_of_the_server_is_challenged_again():
    node, collector = established()
    collector.start()
    assert node.client.unprotect_response(decode(collector.answer(node.protect().encode()))) is None
    with_echo = node.protect().encode()
    collector.start()
    assert decode(collector.answer(with_echo)).values(OSCORE) != [b""]
    assert collector.handled == [b"report"]


def test_challenges_never_share_a_number():
    node, collector = established()
    numbers = []
    for _ in range(4):
        collector.start()
        for _ in range(STEP // 2 + 1):
            challenge = decode(collector.answer(node.sent[-1]))
            numbers.append(option.decode(challenge.values(OSCORE)[0])[0])
    assert len(set(numbers)) == len(numbers)


def test_after_an_orderly_end_nothing_has_to_be_recovered():
    node, collector = established()
    collector.server.close()
    collector.start()
    raises(ReplayError, collector.answer, node.sent[-1])
    assert exchange(node, collector)[1] == 1
    collector.start()  # this time it crashed, and the window stored before must not come back
    assert exchange(node, collector)[1] == 2


def test_a_server_that_lost_its_states():
    node, collector = established()
    collector.contexts.states = {}
    collector.start()
    request = node.protect()
    error = raises(ContextError, collector.answer, request.encode())
    refusal = response_to(request, collector.server.refusal(error))
    assert (refusal.code, refusal.payload) == (UNAUTHORIZED, b"Security context not found")
    raises(UnprotectedError, node.client.unprotect_response, refusal)
    assert exchange(node, collector)[1] == 2


def test_the_randomness_of_either_side_makes_new_keys():
    for broken in ("node", "collector"):
        node, collector = Node(), Collector()
        if broken == "node":
            node.random_bytes = bytes  # as many zeros
        else:
            collector.random_bytes = bytes
        seen = []
        for _ in range(3):
            node.power_on()
            collector.start()
            exchange(node, collector)
            seen.append(node.client._stored.id_context)
        assert len(set(seen)) == 3


def test_an_echo_of_the_application_is_left_alone():
    node, collector = established()
    message = Message(CON, POST, 9, b"t", [(ECHO, b"mine")], b"x")
    request = collector.server.unprotect_request(decode(node.client.protect_request(message).encode()))
    assert request.message.values(ECHO) == [b"mine"]


def test_new_credentials_are_taken_up():
    node, collector = established()
    collector.contexts.known.pop(KID)
    collector.server.forget(KID)
    raises(ContextError, collector.answer, node.protect().encode())
    raises(ContextError, collector.server.renew, KID)
