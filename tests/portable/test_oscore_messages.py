"""Appendix C of RFC 8613, and what breaks its formats."""

from binascii import unhexlify

from protocols.coap.message import Message, decode
from protocols.coap.numbers import (
    ACK,
    BLOCK1,
    CHANGED,
    CON,
    CONTENT,
    CONTENT_FORMAT,
    GET,
    MAX_AGE,
    OSCORE,
    POST,
    PROXY_URI,
    URI_HOST,
    URI_PATH,
    URI_QUERY,
)
from protocols.oscore import option
from protocols.oscore.context import Context, Credentials, aad, partial_iv
from protocols.oscore.errors import CoseError, TamperedError
from protocols.oscore.protect import option_value, seal, unseal, unwrapped
from tests.portable.check import load, raises
from tests.portable.cipher import aes

VECTORS = load("oscore_rfc8613.json")


def known(text):
    return None if text is None else unhexlify(text)


def contexts(name):
    """The client's and the server's context of a vector."""
    vector = next(v for v in VECTORS["contexts"] if v["vector"] == name)
    secret, salt = unhexlify(vector["master_secret"]), unhexlify(vector["master_salt"])
    ids = unhexlify(vector["sender_id"]), unhexlify(vector["recipient_id"])
    id_context = known(vector["id_context"])
    client = Context(aes, Credentials(secret, salt, ids[0], ids[1]), id_context)
    return client, Context(aes, Credentials(secret, salt, ids[1], ids[0]), id_context)


def messages(*names):
    return [v for v in VECTORS["messages"] if v["vector"] in names]


def test_keys_and_nonces():
    for vector in VECTORS["contexts"]:
        client, server = contexts(vector["vector"])
        for context, sender, recipient in ((client, "sender", "recipient"), (server, "recipient", "sender")):
            assert context._sender._key == unhexlify(vector[sender + "_key"])
            assert context._recipient._key == unhexlify(vector[recipient + "_key"])
            nonce = context.nonce((context.sender_id, b"\0"))
            assert nonce == unhexlify(vector[sender + "_nonce_piv0"])


def test_requests():
    for vector in messages("C.4", "C.5", "C.6"):
        client, server = contexts(vector["context"])
        pair = (client.sender_id, partial_iv(vector["ssn"]))
        value = option.encode(pair[1], pair[0], client.id_context)
        assert client.nonce(pair) == unhexlify(vector["nonce"])
        assert aad(pair) == unhexlify(vector["aad"])
        plain = decode(unhexlify(vector["unprotected"]))
        protected = seal(client, plain, pair, pair, value)
        assert protected.encode() == unhexlify(vector["protected"])
        received = decode(unhexlify(vector["protected"]))
        assert option_value(received) == unhexlify(vector["option"])
        number, kid, kid_context = option.decode(option_value(received))
        assert ((kid, number), kid_context) == (pair, client.id_context)
        assert unseal(server, received, pair, pair) == plain


def test_responses():
    client, server = contexts("C.1")
    pair = (client.sender_id, partial_iv(20))
    for vector in messages("C.7", "C.8"):
        value = unhexlify(vector["option"])
        number = option.decode(value)[0]
        nonce_of = (server.sender_id, number) if number else pair
        assert server.nonce(nonce_of) == unhexlify(vector["nonce"])
        plain = decode(unhexlify(vector["unprotected"]))
        assert seal(server, plain, nonce_of, pair, value).encode() == unhexlify(vector["protected"])
        assert unseal(client, decode(unhexlify(vector["protected"])), nonce_of, pair) == plain


def test_option_values():
    for vector in VECTORS["options"]:
        fields = known(vector["partial_iv"]), known(vector["kid"]), known(vector["kid_context"])
        assert option.encode(fields[0], fields[1], fields[2]) == unhexlify(vector["hex"])
        assert option.decode(unhexlify(vector["hex"])) == fields


def test_option_values_that_break_the_format():
    for value in ("00", "20", "40", "80", "06", "07", "01", "0500", "10", "1001", "19051000", "010000"):
        raises(CoseError, option.decode, unhexlify(value))
    for size in range(1, 8):
        raises(CoseError, option.decode, unhexlify("19050544616c656b")[:size])


def sealed(message, pair=(b"", b"\0")):
    client, server = contexts("C.1")
    return seal(client, message, pair, pair, option.encode(pair[1], pair[0])), server


def opened(protected, server, pair=(b"", b"\0")):
    return unseal(server, protected, pair, pair)


def test_what_can_be_read_outside():
    options = [
        (URI_HOST, b"h"),
        (URI_PATH, b"z"),
        (URI_PATH, b"a"),
        (URI_QUERY, b"q"),
        (PROXY_URI, b"coap://x/z"),
    ]
    request = Message(CON, GET, 7, b"t", options, b"secret")
    protected, server = sealed(request)
    assert [number for number, _ in protected.options] == [URI_HOST, OSCORE]
    assert protected.code == POST
    assert b"secret" not in protected.encode()
    assert opened(protected, server) == request


def test_what_stands_outside_is_discarded():
    protected, server = sealed(Message(CON, GET, 7, b"t", [(URI_PATH, b"a")]))
    protected.options += [(URI_PATH, b"b"), (CONTENT_FORMAT, b"\x3c"), (MAX_AGE, b"\1"), (BLOCK1, b"\x06")]
    assert opened(protected, server).options == [(URI_PATH, b"a")]


def test_a_response_is_no_request():
    client, server = contexts("C.1")
    pair = (b"", b"\0")
    for sender, receiver, code, outer in ((client, server, CONTENT, POST), (server, client, GET, CHANGED)):
        protected = seal(sender, Message(CON, code, 7, b"t"), pair, pair, b"\x09\0")
        protected.code = outer
        raises(CoseError, unseal, receiver, protected, pair, pair)


def test_a_plaintext_that_is_no_message():
    client, server = contexts("C.1")
    pair = (b"", b"\0")
    for plaintext in (b"", b"\x00", b"\x20", b"\x02\xff", b"\x02\xb5up"):
        message = Message(ACK, POST, 7, b"t", (), client.encrypt(plaintext, pair, pair))
        raises(CoseError, unseal, server, message, pair, pair)


def test_truncated_anywhere():
    protected, server = sealed(Message(CON, POST, 7, b"t", [(URI_PATH, b"a")], b"payload"))
    payload = protected.payload
    for size in range(len(payload)):
        protected.payload = payload[:size]
        raises(TamperedError, opened, protected, server)


def test_the_option_stands_once_and_with_a_payload():
    assert option_value(Message(CON, POST, 7)) is None
    raises(CoseError, option_value, Message(CON, POST, 7, b"", [(OSCORE, b"\x09\0")]))
    raises(CoseError, option_value, Message(CON, POST, 7, b"", [(OSCORE, b""), (OSCORE, b"")], b"x"))


def test_kid_context_is_a_byte_string():
    assert unwrapped(b"\x43abc") == b"abc"
    for data in (b"", b"\x43ab", b"\x43abcd", b"\x63abc", b"\x03"):
        raises(CoseError, unwrapped, data)


def test_identifiers_have_seven_bytes_at_most_and_differ():
    Credentials(b"secret", b"", b"", b"1234567")
    raises(ValueError, Credentials, b"secret", b"", b"", b"12345678")
    raises(ValueError, Credentials, b"secret", b"", b"a", b"a")
