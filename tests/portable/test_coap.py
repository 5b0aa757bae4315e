from binascii import hexlify, unhexlify

from protocols.coap import numbers
from protocols.coap.dedup import exchange_lifetime_ms
from protocols.coap.message import Message, decode, empty, path_options, rejection, uint_value
from protocols.coap.parameters import NB_IOT, Parameters
from protocols.errors import DecodeError, EncodeError
from tests.portable.check import load, raises

TYPES = ("CON", "NON", "ACK", "RST")


def appendix_a():
    return load("coap_rfc7252_a.json")["messages"]


def test_rfc7252_appendix_a_decodes():
    for vector in appendix_a():
        message = decode(unhexlify(vector["hex"]))
        assert TYPES[message.type] == vector["type"], vector
        assert numbers.dotted(message.code) == vector["code"], vector
        assert message.message_id == vector["message_id"], vector
        assert hexlify(message.token).decode() == vector["token"], vector
        assert "/".join(message.path()) == vector["path"], vector
        assert message.payload == vector["payload"].encode(), vector


def test_rfc7252_appendix_a_encodes():
    for vector in appendix_a():
        major, detail = vector["code"].split(".")
        message = Message(
            TYPES.index(vector["type"]),
            int(major) << 5 | int(detail),
            vector["message_id"],
            unhexlify(vector["token"]),
            path_options(vector["path"]),
            vector["payload"].encode(),
        )
        assert message.encode() == unhexlify(vector["hex"]), vector
        assert decode(message.encode()) == message


def test_every_cut_is_refused_or_another_message():
    refused = 0
    for vector in appendix_a():
        data = unhexlify(vector["hex"])
        for size in range(len(data)):
            try:
                assert decode(data[:size]).encode() == data[:size] != data
            except DecodeError:
                refused += 1
    assert refused > 100


def test_option_delta_and_length_extensions():
    cases = (
        (12, 0, "c0"),
        (13, 0, "d000"),
        (268, 0, "d0ff"),
        (269, 0, "e00000"),
        (65535, 0, "e0fef2"),
        (1, 12, "1c" + "61" * 12),
        (1, 13, "1d00" + "61" * 13),
        (1, 268, "1dff" + "61" * 268),
        (1, 269, "1e0000" + "61" * 269),
        (300, 300, "ee001f001f" + "61" * 300),  # the delta's extension comes first
    )
    for number, length, data in cases:
        message = Message(numbers.CON, numbers.GET, 1, b"", [(number, b"a" * length)])
        assert message.encode() == unhexlify("40010001" + data), number
        assert decode(message.encode()).options == message.options


def test_repeated_options_keep_their_order():
    options = [(11, b"b"), (11, b"a"), (11, b""), (15, b"q")]
    message = Message(numbers.CON, numbers.POST, 1, b"", options)
    assert message.encode() == unhexlify("40020001b16201610041") + b"q"
    assert decode(message.encode()).values(11) == [b"b", b"a", b""]
    assert message.values(17) == []


def test_format_errors_are_refused():
    cases = {
        "shorter than the header": ("", "40", "4001", "400100"),
        "version": ("00010001", "80010001", "c0010001"),
        "token length 9 to 15": ("49010001" + "00" * 9, "4f010001" + "00" * 15),
        "token cut off": ("41010001", "4801000100000000000000"),
        "Empty with more": ("4100000100", "40000001ff", "40000001b161", "60000001ff61"),
        "reserved class": ("40200001", "40c00001", "40e00001", "40ff0001"),
        "delta or length 15": ("40010001f0", "400100011f", "40010001f1ff"),
        "option cut off": ("40010001d0", "40010001e000", "400100010d", "400100011e00", "40010001b2aa"),
        "number above 65535": ("40010001e0fef3", "40010001e0fef210"),
        "marker without payload": ("40010001ff", "40010001b161ff"),
    }
    for rule, datagrams in cases.items():
        for datagram in datagrams:
            assert raises(DecodeError, decode, unhexlify(datagram)), rule


def test_only_readable_enough_confirmable_garbage_is_rejected_with_a_reset():
    assert rejection(unhexlify("49017d34")) == unhexlify("70007d34")
    for datagram in ("", "4001", "59017d34", "69017d34", "79017d34", "80017d34"):
        assert rejection(unhexlify(datagram)) is None


def test_what_does_not_fit_is_not_encoded():
    fields = (
        (4, 1, 1),
        (0, 1, 65536),
        (0, 1, -1),
        (0, 0x20, 1),
        (0, 256, 1),
        (0, 1, 1, b"123456789"),
        (0, 0, 1, b"t"),
        (0, 0, 1, b"", [(1, b"")]),
        (0, 0, 1, b"", (), b"p"),
        (0, 1, 1, b"", [(2, b""), (1, b"")]),
        (0, 1, 1, b"", [(65536, b"")]),
        (0, 1, 1, b"", [(-1, b"")]),
        (0, 1, 1, b"", [(1, b"a" * 65536)]),
    )
    for arguments in fields:
        assert raises(EncodeError, Message(*arguments).encode), arguments


def test_uint_options():
    for number, data in ((0, ""), (1, "01"), (255, "ff"), (256, "0100"), (1 << 31, "80000000")):
        assert uint_value(number) == unhexlify(data)
        assert Message(0, 1, 1, b"", [(numbers.MAX_AGE, uint_value(number))]).uint(numbers.MAX_AGE) == number
    leading_zeros = Message(0, 1, 1, b"", [(numbers.CONTENT_FORMAT, b"\x00\x3c")])
    assert leading_zeros.content_format() == numbers.APPLICATION_CBOR
    too_long = Message(0, 1, 1, b"", [(numbers.CONTENT_FORMAT, b"\x00\x00\x3c")])
    assert too_long.content_format() is None
    assert Message(0, 1, 1).content_format() is None


def test_paths():
    assert path_options("/up/pole-1") == [(11, b"up"), (11, b"pole-1")]
    assert path_options("up") == [(11, b"up")]
    assert path_options("/") == []
    assert Message(0, 1, 1, b"", path_options("/路灯")).path() == ["路灯"]
    raises(DecodeError, Message(0, 1, 1, b"", [(11, b"\xff")]).path)


def test_numbers():
    assert numbers.dotted(numbers.CHANGED) == "2.04"
    assert numbers.dotted(numbers.UNSUPPORTED_CONTENT_FORMAT) == "4.15"
    assert numbers.dotted(numbers.PROXYING_NOT_SUPPORTED) == "5.05"
    assert [code for code in range(256) if numbers.is_request(code)] == list(range(1, 32))
    assert numbers.is_critical(numbers.URI_PATH) and not numbers.is_critical(numbers.CONTENT_FORMAT)
    assert empty(numbers.ACK, 0xAD7B) == unhexlify("6000ad7b")


def test_transmission_parameters():
    default = Parameters(2000, 1.5, 4)  # the derived values of RFC 7252 section 4.8.2
    assert default.max_transmit_wait_ms == 93_000
    assert exchange_lifetime_ms(default) == 247_000
    assert exchange_lifetime_ms(Parameters(10_000, 1.5, 4)) == 465_000  # MAX_TRANSMIT_WAIT is longer
    assert (NB_IOT.first_timeout_ms(0.0), NB_IOT.first_timeout_ms(1.0)) == (15_000, 22_500)
    assert exchange_lifetime_ms(NB_IOT) == 282_500
