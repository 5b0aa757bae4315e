"""A CoAP message in its OSCORE message, and out of it (RFC 8613 sections 4, 5.3 and 8).

All options but the three that route the message (class U, section 4.1) travel encrypted.  Those that
belong to one hop only, such as the Block options of outer block-wise transfer, are put on the protected
message later, and are gone before it is opened; what else stands outside is discarded (section 8.2).
Proxy-Uri is encrypted too, as it would show the path: no proxy is going to read it.
"""

from protocols.cbor_decoder import loads
from protocols.coap.message import Message, decode
from protocols.coap.numbers import (
    CHANGED,
    CON,
    OSCORE,
    POST,
    PROXY_SCHEME,
    URI_HOST,
    URI_PORT,
    is_request,
    is_response,
)
from protocols.errors import DecodeError
from protocols.oscore.errors import CoseError

OUTSIDE = (URI_HOST, URI_PORT, PROXY_SCHEME)
LONGEST_RANDOM = 64  # bytes that a peer may bring for an ID Context; two and ours must stay below 256


def seal(context, message, nonce_of, request, option):
    """The OSCORE message for `message`, with `option` as the option's value.

    `nonce_of` and `request` are pairs as in `context.Context`.  Type, message ID and token stay.
    """
    inner = [entry for entry in message.options if entry[0] not in OUTSIDE]
    outer = [entry for entry in message.options if entry[0] in OUTSIDE]
    outer.append((OSCORE, option))
    outer.sort()  # each of them stands at most once, so the order of equals does not matter
    # The plaintext is a CoAP message without type, token and message ID: the first, third and fourth byte
    datagram = Message(CON, message.code, 0, b"", inner, message.payload).encode()
    ciphertext = context.encrypt(datagram[1:2] + datagram[4:], nonce_of, request)
    code = POST if is_request(message.code) else CHANGED
    return Message(message.type, code, message.message_id, message.token, outer, ciphertext)


def unseal(context, message, nonce_of, request):
    """The message inside an OSCORE message.  TamperedError, CoseError."""
    plaintext = context.decrypt(message.payload, nonce_of, request)
    try:
        inner = decode(b"\x40" + plaintext[:1] + b"\0\0" + plaintext[1:])
    except DecodeError as error:
        raise CoseError(str(error))
    if not (is_request if is_request(message.code) else is_response)(inner.code):
        raise CoseError("request and response mixed up")
    options = in_order([entry for entry in message.options if entry[0] in OUTSIDE] + inner.options)
    return Message(message.type, inner.code, message.message_id, message.token, options, inner.payload)


def in_order(options):
    """Options by number; those with the same number keep their order, which `sort` would not promise."""
    indexed = sorted((entry[0], index) for index, entry in enumerate(options))
    return [options[index] for _, index in indexed]


def option_value(message):
    """The value of the OSCORE option; None: there is none.  CoseError: two, or no payload (section 2)."""
    values = message.values(OSCORE)
    if not values:
        return None
    if len(values) > 1 or not message.payload:
        raise CoseError("two options, or no payload")
    return values[0]


def unwrapped(kid_context):
    """The random bytes in a kid context of Appendix B.2, where CBOR wraps them.  CoseError."""
    try:
        inner = loads(kid_context)
    except DecodeError as error:
        raise CoseError(str(error))
    if not isinstance(inner, bytes) or len(inner) > LONGEST_RANDOM:
        raise CoseError("kid context")
    return inner
