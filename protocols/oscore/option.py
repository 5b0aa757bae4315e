"""The value of the OSCORE option: the compressed COSE object's header (RFC 8613 section 6.1)."""

from protocols.oscore.errors import CoseError

# The flag byte; its other bits are reserved, or announce bytes that nobody has defined yet
PARTIAL_IV_SIZE = 0x07
KID = 0x08
KID_CONTEXT = 0x10
UNDEFINED = 0xE0

LONGEST_PARTIAL_IV = 5


def encode(partial_iv=b"", kid=None, kid_context=None):
    """The option's value as bytes; None leaves a field out.  `kid_context` has at most 255 bytes."""
    flags = len(partial_iv)
    tail = b""
    if kid_context is not None:
        flags |= KID_CONTEXT
        tail = bytes([len(kid_context)]) + kid_context
    if kid is not None:
        flags |= KID
        tail += kid
    return bytes([flags]) + partial_iv + tail if flags else b""


def decode(value):
    """(partial IV, kid, kid context) as bytes; b"", None and None if absent.  CoseError: malformed."""
    if not value:
        return b"", None, None
    flags = value[0]
    size = flags & PARTIAL_IV_SIZE
    if not flags or flags & UNDEFINED or size > LONGEST_PARTIAL_IV or len(value) <= size:
        raise CoseError("flags of the option")
    partial_iv, rest = value[1 : 1 + size], value[1 + size :]
    kid_context = None
    if flags & KID_CONTEXT:
        if not rest or len(rest) <= rest[0]:
            raise CoseError("kid context is cut off")
        kid_context, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
    if flags & KID:
        return partial_iv, rest, kid_context
    if rest:
        raise CoseError("bytes behind the option")
    return partial_iv, None, kid_context
