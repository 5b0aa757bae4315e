"""CBOR objects to bytes, deterministically (RFC 8949 section 4.2.1).

Equal values have one encoding: definite lengths, the shortest heads, map keys in bytewise order of
their encodings, floats in the shortest of the three precisions that holds the value, and every NaN as
f97e00.  The order matters on MicroPython, whose dicts have none.
"""

import struct

from protocols.cbor_values import (
    FALSE,
    MAX_DEPTH,
    NEGATIVE_BIGNUM,
    UNDEFINED,
    UNSIGNED_BIGNUM,
    Simple,
    Tag,
)
from protocols.cbor_writer import Writer
from protocols.errors import EncodeError


def dumps(obj):
    """The encoding of `obj` as bytes.  EncodeError: a type, value or nesting depth that CBOR has not."""
    return _encoded(obj, 0)


class _GrowingWriter(Writer):
    def _take(self, size):
        self.buffer.extend(bytes(size))
        return Writer._take(self, size)


def _encoded(obj, depth):
    writer = _GrowingWriter(bytearray())
    _encode(writer, obj, depth)
    return bytes(writer.buffer)


def _encode(writer, obj, depth):
    if obj is None:
        writer.null()
    elif obj is True or obj is False:
        writer.bool(obj)
    elif isinstance(obj, int):
        _encode_int(writer, obj)
    elif isinstance(obj, (bytes, bytearray)):
        writer.bytes(obj)
    elif isinstance(obj, str):
        writer.text(_utf8(obj))
    elif isinstance(obj, float):
        writer.raw(float_item(obj))
    elif isinstance(obj, Simple):
        _encode_simple(writer, obj.value)
    elif isinstance(obj, (list, tuple, dict, Tag)):
        if depth == MAX_DEPTH:
            raise EncodeError("nested deeper than " + str(MAX_DEPTH))
        _encode_container(writer, obj, depth + 1)
    else:
        raise EncodeError("no CBOR for type " + type(obj).__name__)


def _encode_container(writer, obj, depth):
    if isinstance(obj, Tag):
        if not isinstance(obj.number, int):
            raise EncodeError("a tag number is an integer")
        writer.tag(obj.number)
        _encode(writer, obj.value, depth)
    elif isinstance(obj, dict):
        writer.map(len(obj))
        previous = None
        for key, value in sorted([(_encoded(k, depth), _encoded(v, depth)) for k, v in obj.items()]):
            if key == previous:  # NaN twice, or an integer and its bignum as a Tag
                raise EncodeError("two map keys with one encoding")
            writer.raw(key)
            writer.raw(value)
            previous = key
    else:
        writer.array(len(obj))
        for item in obj:
            _encode(writer, item, depth)


def _encode_int(writer, number):
    argument = number if number >= 0 else -1 - number
    if not argument >> 64:
        writer.int(number)
        return
    size = (len("%x" % argument) + 1) // 2  # MicroPython has no bit_length
    writer.tag(UNSIGNED_BIGNUM if number >= 0 else NEGATIVE_BIGNUM)
    writer.bytes(argument.to_bytes(size, "big"))


def _encode_simple(writer, value):
    if not isinstance(value, int) or FALSE <= value < UNDEFINED.value:
        raise EncodeError("a simple value is an integer; False, True and None stand for themselves")
    writer.simple(value)


def _utf8(text):
    for character in text:
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise EncodeError("text with half of a surrogate pair")
    return text.encode()


def float_item(number):
    """The shortest item that is exactly `number` (section 4.2.2); -0.0 keeps its sign."""
    if number != number:
        return b"\xf9\x7e\x00"
    try:
        single = struct.pack(">f", number)
    except OverflowError:  # CPython; MicroPython packs an infinity
        return b"\xfb" + struct.pack(">d", number)
    if struct.unpack(">f", single)[0] != number:
        return b"\xfb" + struct.pack(">d", number)
    half = _half(single)
    return b"\xfa" + single if half is None else b"\xf9" + half.to_bytes(2, "big")


def _half(single):
    """The 16 bits of a half with the value of `single`, the four bytes of a number; None if there is none.

    Not by `struct`, whose format `e` gets the subnormal halves wrong on MicroPython.
    """
    sign = single[0] & 0x80
    exponent = (single[0] & 0x7F) << 1 | single[1] >> 7
    fraction = (single[1] & 0x7F) << 16 | single[2] << 8 | single[3]
    if exponent == 0xFF:  # an infinity
        return sign << 8 | 0x7C00
    if exponent == 0 and fraction == 0:
        return sign << 8
    exponent += 15 - 127  # the bias of a half, for that of a single
    dropped = 13  # bits: the fraction of a single has 23, that of a half 10
    if exponent <= 0:  # a subnormal half: the leading 1 is among its 10 bits
        fraction |= 1 << 23
        dropped += 1 - exponent
        exponent = 0
    if exponent > 30 or dropped > 23 or fraction & ((1 << dropped) - 1):
        return None
    return sign << 8 | exponent << 10 | fraction >> dropped
