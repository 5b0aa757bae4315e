import struct

from protocols.cbor import dumps, loads

HALF, SINGLE, DOUBLE = 3, 5, 9  # bytes of an item


def test_halves_of_all_exponents():
    for bits in range(0, 1 << 16, 11):
        data = b"\xf9" + bits.to_bytes(2, "big")
        number = loads(data)
        if number == number:
            assert dumps(number) == data, data
        else:
            assert dumps(number) == b"\xf9\x7e\x00", data  # all NaNs are one


def test_halves_mean_what_section_3_4_of_ieee_754_says():
    for data, number in (
        (b"\xf9\x00\x01", 2.0**-24),  # the smallest subnormal
        (b"\xf9\x03\xff", 1023 * 2.0**-24),  # the largest
        (b"\xf9\x04\x00", 2.0**-14),
        (b"\xf9\x3b\xff", 2047 * 2.0**-11),
        (b"\xf9\x7b\xff", 65504.0),  # the largest half
        (b"\xf9\xb8\x00", -0.5),
    ):
        assert loads(data) == number
        assert dumps(number) == data


def test_the_shortest_float_that_holds_the_value():
    for number, size in (
        (65504.0, HALF),
        (65505.0, SINGLE),
        (65536.0, SINGLE),
        (131008.0, SINGLE),
        (2.0**-24, HALF),
        (2.0**-25, SINGLE),
        (3 * 2.0**-25, SINGLE),
        (1025 * 2.0**-24, HALF),
        (2049 * 2.0**-25, SINGLE),
        (1 + 2.0**-10, HALF),
        (1 + 2.0**-11, SINGLE),
        (1 + 2.0**-23, SINGLE),
        (2.0**-126, SINGLE),
        (2.0**-149, SINGLE),  # the smallest subnormal single
        (16777215.0, SINGLE),
    ):
        for signed in (number, -number):
            data = dumps(signed)
            assert len(data) == size, signed
            assert loads(data) == signed


def test_what_only_a_double_holds():
    if 1 + 2.0**-30 == 1:
        return  # a board with single precision has no such number
    for number in (0.1, 1 + 2.0**-24, 2.0**-150, 16777217.0, 3.5e38, 1.7976931348623157e308, 5e-324):
        for signed in (number, -number):
            assert dumps(signed) == b"\xfb" + struct.pack(">d", signed)
            assert loads(dumps(signed)) == signed


def test_integers_and_floats_stay_what_they_are():
    assert dumps(1) == b"\x01"
    assert dumps(1.0) == b"\xf9\x3c\x00"
    assert dumps(0.0) == b"\xf9\x00\x00"
    assert dumps(-0.0) == b"\xf9\x80\x00"
