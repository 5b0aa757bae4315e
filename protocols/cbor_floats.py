"""Floats as CBOR items (RFC 8949); a node has none, its values are scaled integers."""

import struct


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
