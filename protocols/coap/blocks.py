"""The Block options: which part of a body a message carries (RFC 7959 section 2.2).

A value is NUM, M and SZX in one uint: the block's number, whether more follow, and its size as
`16 << SZX`.  SZX goes to 6, 1024 bytes; 7 is for CoAP over TCP.
"""

from protocols.coap.message import uint_value
from protocols.errors import DecodeError, EncodeError

RESERVED_SZX = 7
MAX_NUMBER = (1 << 20) - 1


def size_of(szx):
    """The bytes in a block that is not the last."""
    return 16 << szx


def block_value(offset, more, szx):
    """The value for the block that begins at `offset`, a multiple of its size.

    EncodeError: a body of that length needs larger blocks.
    """
    number = offset // size_of(szx)
    if number > MAX_NUMBER:
        raise EncodeError("more than 2^20 blocks")
    return uint_value(number << 4 | bool(more) << 3 | szx)


def read_block(message, option):
    """(number, more, szx) of a message's Block option, None if it has none.  DecodeError: SZX is reserved."""
    value = message.uint(option)
    if value is None:
        return None
    szx = value & 7
    if szx == RESERVED_SZX:
        raise DecodeError("reserved block size")
    return value >> 4, bool(value & 8), szx


def insert(options, number, value):
    """Put an option into a list of them where it belongs, behind those with the same number."""
    at = len(options)
    while at and options[at - 1][0] > number:
        at -= 1
    options.insert(at, (number, value))
