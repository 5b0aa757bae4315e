"""CBOR (RFC 8949): `dumps` and `loads`, named as in cbor2.

    Python              CBOR
    int                 unsigned, negative; beyond 64 bits a bignum (tags 2 and 3)
    bytes, str          byte string, text string
    list (or a tuple)   array
    dict                map
    None, True, False   the simple values of these names
    UNDEFINED, Simple   undefined, and the other simple values
    float               half, single or double precision
    Tag                 any other tag

This file is for those who want all of it.  A node imports `cbor_encoder` and `cbor_decoder`, which have
what it says and reads, or fills a buffer of its own with `cbor_writer`: it loads what it needs and no more.

Floats are encoded in the shortest of the three precisions that holds the value, every NaN as f97e00; on
a board with single-precision floats a double that is read is rounded.
"""

import struct

from protocols.cbor_decoder import INDEFINITE, SIMPLE_VALUES, Decoder
from protocols.cbor_encoder import Encoder, deeper
from protocols.cbor_floats import float_item
from protocols.cbor_values import (
    FALSE,
    NEGATIVE_BIGNUM,
    UNDEFINED,
    UNSIGNED_BIGNUM,
    Simple,
    Tag,
)
from protocols.errors import DecodeError, EncodeError

FLOAT_FORMATS = {25: ">e", 26: ">f", 27: ">d"}


def dumps(obj):
    """The encoding of `obj` as bytes.  EncodeError: a type, value or nesting depth that CBOR has not."""
    return _Encoder().encoded(obj, 0)


def loads(data):
    """The one item that the bytes `data` encode.  DecodeError on anything else, whatever the bytes."""
    return _Decoder(bytes(data)).only_item()


class _Encoder(Encoder):
    def int(self, number):
        argument = number if number >= 0 else -1 - number
        if not argument >> 64:
            Encoder.int(self, number)
            return
        size = (len("%x" % argument) + 1) // 2  # MicroPython has no bit_length
        self.tag(UNSIGNED_BIGNUM if number >= 0 else NEGATIVE_BIGNUM)
        self.bytes(argument.to_bytes(size, "big"))

    def other(self, obj, depth):
        if isinstance(obj, float):
            self.raw(float_item(obj))
        elif isinstance(obj, Simple):
            value = obj.value
            if not isinstance(value, int) or FALSE <= value < UNDEFINED.value:
                raise EncodeError("a simple value is an integer; False, True and None stand for themselves")
            self.simple(value)
        elif isinstance(obj, Tag):
            depth = deeper(depth)
            if not isinstance(obj.number, int):
                raise EncodeError("a tag number is an integer")
            self.tag(obj.number)
            self.item(obj.value, depth)
        else:
            Encoder.other(self, obj, depth)


class _Decoder(Decoder):
    def tag(self, number, depth):
        content = self.item(depth)
        if number not in (UNSIGNED_BIGNUM, NEGATIVE_BIGNUM):
            return Tag(number, content)
        if not isinstance(content, bytes):
            raise DecodeError("a bignum that is not a byte string")
        magnitude = int.from_bytes(content, "big")
        return magnitude if number == UNSIGNED_BIGNUM else -1 - magnitude

    def simple(self, info, argument):
        if info in FLOAT_FORMATS:
            size = 1 << (info - 24)
            return struct.unpack(FLOAT_FORMATS[info], self.data[self.at - size : self.at])[0]
        if info == INDEFINITE:
            raise DecodeError("a break outside of anything of indefinite length")
        if info == 24 and argument < 32:
            raise DecodeError("a reserved encoding of a simple value")
        if argument == UNDEFINED.value:
            return UNDEFINED
        return SIMPLE_VALUES[argument] if argument in SIMPLE_VALUES else Simple(argument)
