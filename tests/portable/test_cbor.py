from binascii import unhexlify

from protocols.cbor import UNDEFINED, Simple, Tag, dumps, loads
from protocols.cbor_values import MAX_DEPTH
from protocols.errors import DecodeError, EncodeError
from tests.portable.check import load, raises

NAMES = {
    "inf": float("inf"),
    "nan": float("nan"),
    "Tag": Tag,
    "Simple": Simple,
    "UNDEFINED": UNDEFINED,
    "list": list,
    "range": range,
}


def appendix_a():
    for vector in load("cbor_rfc8949_a.json")["vectors"]:
        yield unhexlify(vector["hex"]), eval(vector["python"], NAMES), vector["encodes"]


def nested(depth):
    item = 0
    for _ in range(depth):
        item = [item]
    return item


def test_rfc8949_appendix_a_decodes():
    for data, value, _ in appendix_a():
        item = loads(data)
        assert type(item) is type(value), data
        assert item == value or (item != item and value != value), (data, item)
        assert dumps(item) == dumps(value), data  # tells -0.0 from 0.0


def test_rfc8949_appendix_a_encodes():
    for data, value, encodes in appendix_a():
        if encodes:
            assert dumps(value) == data, (value, dumps(value))


def test_rfc8949_appendix_f_is_refused():
    for rule, vectors in load("cbor_rfc8949_f.json")["vectors"].items():
        for vector in vectors:
            assert raises(DecodeError, loads, unhexlify(vector)), rule


def test_every_cut_and_every_extra_byte_is_refused():
    for data, _, _ in appendix_a():
        for size in range(len(data)):
            raises(DecodeError, loads, data[:size])
        raises(DecodeError, loads, data + b"\x00")


def test_integers_take_the_shortest_head():
    for number, size in ((23, 1), (24, 2), (255, 2), (256, 3), (65535, 3), (65536, 5), (1 << 32, 9)):
        assert len(dumps(number)) == size
        assert len(dumps(-1 - number)) == size
        assert loads(dumps(number)) == number
        assert loads(dumps(-1 - number)) == -1 - number


def test_integers_beyond_64_bits_are_bignums():
    for number in ((1 << 64) - 1, 1 << 64, (1 << 72) - 1, 1 << 72, -(1 << 64), -1 - (1 << 64), -(1 << 100)):
        assert loads(dumps(number)) == number
    assert dumps(1 << 72) == unhexlify("c24a01000000000000000000")
    raises(DecodeError, loads, unhexlify("c201"))


def test_long_heads_are_decoded_though_not_encoded():
    assert loads(unhexlify("1b0000000000000005")) == 5
    assert loads(unhexlify("590001aa")) == b"\xaa"


def test_map_keys_are_sorted_by_their_encoding():
    # the order given in RFC 8949 section 4.2.1
    keys = [10, 100, -1, "z", "aa", False]
    expected = b"\xa6" + b"".join([dumps(key) + b"\x00" for key in keys])
    assert dumps(dict.fromkeys(("aa", False, -1, "z", 100, 10), 0)) == expected


def test_equal_containers_encode_alike():
    assert dumps((1, 2)) == dumps([1, 2])
    assert dumps(bytearray(b"ab")) == dumps(b"ab")
    assert loads(bytearray(b"\x41a")) == b"a"
    assert loads(memoryview(b"\x41a")) == b"a"


def test_map_keys_python_cannot_hold_are_refused():
    for data in (
        "a20000f400",
        "a2010001f5",
        "a20100f500",
        "a201000100",
        "a20100f93c0000",
        "a18000",
        "a1a000",
        "a1f97e0000",  # NaN, which equals no key
        "a1c1f97e0000",
    ):
        raises(DecodeError, loads, unhexlify(data))
    raises(DecodeError, loads, unhexlify("bf01000100ff"))
    raises(DecodeError, loads, unhexlify("a1c1820102f6"))  # a tag on an array
    assert loads(unhexlify("a1c10102")) == {Tag(1, 1): 2}


def test_simple_values():
    for value in range(256):
        short, long = bytes((0xE0 | value,)), bytes((0xF8, value))
        if 20 <= value < 23:
            assert loads(short) is (False, True, None)[value - 20]
            raises(EncodeError, dumps, Simple(value))
        elif 24 <= value < 32:
            raises(EncodeError, dumps, Simple(value))
        else:
            assert dumps(Simple(value)) == (short if value < 24 else long)
            assert loads(dumps(Simple(value))) == Simple(value)
        if value < 32:
            raises(DecodeError, loads, long)
    for value in (-1, 256, "1"):
        raises(EncodeError, dumps, Simple(value))
    assert loads(b"\xf7") is UNDEFINED
    assert dumps(UNDEFINED) == b"\xf7"
    assert loads(b"\xa1\xf0\x00") == {Simple(16): 0}
    assert Simple(16) != Simple(17)
    assert Simple(16) != 16
    assert repr(Simple(16)) == "Simple(16)"


def test_lengths_are_not_believed_beyond_the_input():
    for major in (2, 3, 4, 5):
        for length in (5, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
            head = bytes((major << 5 | 27,)) + length.to_bytes(8, "big")
            raises(DecodeError, loads, head + b"\x00\x01\x02\x03")
    error = raises(DecodeError, loads, b"\x83\x1c\x1c")  # refused before the items, which are not CBOR
    assert "announced" in str(error)


def test_two_keys_with_one_encoding_are_refused():
    raises(EncodeError, dumps, {1 << 64: 0, Tag(2, b"\x01" + bytes(8)): 0})
    raises(EncodeError, dumps, {float("nan"): 0, float("inf") - float("inf"): 0})


def test_text_must_be_utf8_to_the_letter():
    for text in (
        "c328",
        "c080",
        "e08080",
        "f0808080",
        "eda080",
        "edbfbf",
        "f4908080",
        "f8888080",
        "80",
        "ff",
    ):
        raises(DecodeError, loads, bytes((0x60 + len(text) // 2,)) + unhexlify(text))
    for text in ("", "Straßenlaterne", "路灯", "\U0010ffff", "\ud7ff\ue000"):
        assert loads(dumps(text)) == text
    raises(DecodeError, loads, unhexlify("7f61c361bcff"))  # a character cut in two by chunks
    raises(EncodeError, dumps, chr(0xD800))


def test_depth_is_limited_both_ways():
    assert loads(dumps(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    raises(EncodeError, dumps, nested(MAX_DEPTH + 1))
    raises(DecodeError, loads, b"\x81" * (MAX_DEPTH + 1) + b"\x00")
    for opener in (b"\x81", b"\x9f", b"\xa1", b"\xbf", b"\xc6"):
        raises(DecodeError, loads, opener * 5000)
    circular = []
    circular.append(circular)
    raises(EncodeError, dumps, circular)


def test_what_cbor_lacks_is_not_encoded():
    for obj in (
        object(),
        {1, 2},
        range(3),
        dumps,
        Tag(-1, 0),
        Tag(1 << 64, 0),
        Tag("1", 0),
        [1, {2: object()}],
    ):
        raises(EncodeError, dumps, obj)


def test_a_tag_is_a_value():
    assert Tag(1, 2) == Tag(1, 2)
    assert Tag(1, 2) != Tag(1, 3)
    assert Tag(1, 2) != Tag(2, 2)
    assert Tag(1, 2) != (1, 2)
    assert repr(Tag(1, "a")) == "Tag(1, 'a')"


def test_any_byte_changed_is_decoded_or_refused():
    decoded = refused = 0
    for data, _, _ in appendix_a():
        for at in range(len(data)):
            for byte in (0x00, 0x1F, 0x5F, 0x7F, 0x9B, 0xA1, 0xBF, 0xC2, 0xD8, 0xF9, 0xFF):
                try:
                    loads(data[:at] + bytes((byte,)) + data[at + 1 :])
                    decoded += 1
                except DecodeError:
                    refused += 1
    assert decoded > 1000 and refused > 1000
