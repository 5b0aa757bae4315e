from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.freshness import Freshness
from protocols.coap.identifiers import Identifiers
from protocols.coap.message import Message
from protocols.coap.numbers import CHANGED, CON, ECHO, POST, UNAUTHORIZED
from protocols.coap.server import Server
from protocols.coap.transfer import Transfer
from protocols.oscore.hkdf import hmac_sha256

LIFETIME_S = 30


def freshness(secret=b"secret"):
    return Freshness(lambda data: hmac_sha256(secret, data), LIFETIME_S)


def request(options):
    return Message(CON, POST, 1, b"", options)


def test_a_challenge_is_good_for_its_lifetime():
    code, payload, options = freshness().challenge("node", 1000)
    assert (code, payload, options[0][0], len(options[0][1])) == (UNAUTHORIZED, b"", ECHO, 12)
    fresh_s = [now_s for now_s in range(900, 1100) if freshness().is_fresh(request(options), "node", now_s)]
    assert fresh_s == list(range(1000, 1000 + LIFETIME_S))


def test_only_the_challenged_client_has_it_and_only_from_this_server():
    _, _, options = freshness().challenge("node", 1000)
    assert not freshness().is_fresh(request(options), "other", 1000)
    assert not freshness(b"other secret").is_fresh(request(options), "node", 1000)
    assert not freshness().is_fresh(request([]), "node", 1000)


def test_any_other_value_is_not_fresh():
    value = freshness().challenge("node", 1000)[2][0][1]
    for at in range(12):
        wrong = bytearray(value)
        wrong[at] ^= 1
        assert not freshness().is_fresh(request([(ECHO, bytes(wrong))]), "node", 1000), at
    for wrong in (value[:11], value + b"\x00", b"\x00"):
        assert not freshness().is_fresh(request([(ECHO, wrong)]), "node", 1000)


def deliver(body):
    """Have a client send `body` to a server that wants freshness: the code, the bodies done, the messages."""
    guard = freshness()
    done = []

    def switch(request, source, now_ms):
        if not guard.is_fresh(request, source, now_ms // 1000):
            return guard.challenge(source, now_ms // 1000)
        done.append(request.payload)
        return CHANGED, b"", []

    handler = Blockwise(switch, szx=0).handle
    server = Server(handler, lambda source, reason: None, 0, understood=BLOCK_OPTIONS)
    client = Transfer(Identifiers(lambda n: n), POST, [], body, szx=0)
    datagram, result, messages = client.start(0), None, 0
    while result is None:
        result = client.receive(server.receive(datagram, "node", 5000), 5000)
        datagram = client.poll(5000)
        messages += 1
    return result.code, done, messages


def test_a_client_gets_through_with_one_message_more():
    assert deliver(b"on") == (CHANGED, [b"on"], 2)
    assert deliver(bytes(40)) == (CHANGED, [bytes(40)], 4)
