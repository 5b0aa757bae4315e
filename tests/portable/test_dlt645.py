"""Frames of `protocols.dlt645` against published exchanges, cut and spoilt ones included."""

from protocols import dlt645
from protocols.errors import BusError, DecodeError, EncodeError
from tests.portable.check import load, raises

VECTORS = load("dlt645.json")
READS = VECTORS["reads"]
MORE = dlt645.ANSWER | dlt645.READ_DATA | dlt645.MORE


def request_of(vector):
    return dlt645.read_request(vector["address"], int(vector["identifier"], 16))


def spoil(frame, position, bits=0x10):
    return frame[:position] + bytes((frame[position] ^ bits,)) + frame[position + 1 :]


def test_requests():
    for vector in READS:
        if "request" in vector:
            assert request_of(vector) == bytes.fromhex(vector["request"])
    address = dlt645.address_bytes(dlt645.ANY_METER)
    assert dlt645.frame(address, 0x13, b"") == bytes.fromhex(VECTORS["read_address"]["request"])


def test_answers():
    for vector in READS:
        response = bytes.fromhex(vector["response"])
        data, more = dlt645.parse_response(request_of(vector), response)
        assert (dlt645.bcd(data), more) == (vector["digits"], False)


def test_an_answer_byte_by_byte_and_behind_noise():
    response = bytes.fromhex(READS[0]["response"])
    for noise in (b"", b"\xfe" * 4, b"\x68\x00\x16", b"\x68" * 5, b"\x68\xfe\xfe"):
        line = noise + response
        data = b""
        for position in range(len(line)):
            data = dlt645.trim(data + line[position : position + 1])
            assert dlt645.missing(data) <= len(line) - position - 1 or len(data) < 8
        assert data == response
        assert dlt645.missing(data) == 0


def test_cut_spoilt_and_lengthened_answers_are_refused():
    for vector in READS:
        request, response = request_of(vector), bytes.fromhex(vector["response"])
        for length in range(len(response)):
            raises(DecodeError, dlt645.parse_response, request, response[:length])
            raises(DecodeError, dlt645.parse_response, request, spoil(response, length))
        raises(DecodeError, dlt645.parse_response, request, response + b"\x16")


def test_refusal():
    vector = VECTORS["refusal"]
    error = raises(
        dlt645.Dlt645Error, dlt645.parse_response, request_of(vector), bytes.fromhex(vector["response"])
    )
    assert error.code == vector["code"]
    assert "no such data" in str(error)
    assert isinstance(error, BusError)
    assert "unknown" in str(dlt645.Dlt645Error(0))


def test_any_meter():
    vector = READS[2]
    request = dlt645.read_request(dlt645.ANY_METER, int(vector["identifier"], 16))
    assert dlt645.parse_response(request, bytes.fromhex(vector["response"]))[0] == b"\x03\x22"


def test_answers_to_another_request_are_refused():
    request = dlt645.read_request("202501234567", 0x02010100)
    address = dlt645.address_bytes("202501234567")
    identifier = b"\x00\x01\x01\x02"
    for answer in (
        dlt645.frame(dlt645.address_bytes("202501234568"), 0x91, identifier + b"\x03\x22"),
        dlt645.frame(address, 0x11, identifier + b"\x03\x22"),  # our own request's echo, as it were
        dlt645.frame(address, 0x93, identifier + b"\x03\x22"),
        dlt645.frame(address, 0x91, b"\x00\x02\x01\x02\x03\x22"),
        dlt645.frame(address, 0x91, b"\x00\x01"),
        dlt645.frame(address, 0xD1, b"\x02\x02"),
    ):
        raises(DecodeError, dlt645.parse_response, request, answer)


def test_more_frames():
    address = dlt645.address_bytes("202501234567")
    first = dlt645.frame(address, MORE, b"\x00\x01\x01\x02\x03")
    request = dlt645.read_request("202501234567", 0x02010100)
    assert dlt645.parse_response(request, first) == (b"\x03", True)
    request = dlt645.read_more_request("202501234567", 0x02010100, 1)
    last = dlt645.frame(address, 0x92, b"\x00\x01\x01\x02\x22\x01")
    assert dlt645.parse_response(request, last) == (b"\x22", False)
    for wrong in (b"\x00\x01\x01\x02\x22\x02", b"\x00\x01\x01\x02"):
        raises(DecodeError, dlt645.parse_response, request, dlt645.frame(address, 0x92, wrong))


def test_numbers():
    assert dlt645.bcd(b"\x56\x34\x12") == 123456
    assert dlt645.signed_bcd(b"\x56\x34\x92") == -123456
    assert dlt645.signed_bcd(b"\x56\x34\x12") == 123456
    for none in (b"\xff\xff", b"\x0a\x00", b"\x00\xa0"):
        raises(DecodeError, dlt645.bcd, none)
    raises(DecodeError, dlt645.signed_bcd, b"\xff\xff\xff")


def test_what_the_format_cannot_carry():
    for address in ("", "12345678901", "1234567890123", "12345678901x", "AAAAAAAAAAA1"):
        raises(EncodeError, dlt645.address_bytes, address)
    raises(EncodeError, dlt645.frame, bytes(6), 0x11, bytes(201))
