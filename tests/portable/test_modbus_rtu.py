"""Frames of `protocols.modbus_rtu` against the standard's examples, cut and spoilt ones included."""

from protocols import modbus_rtu, modbus_write
from protocols.errors import BusError, DecodeError, EncodeError
from tests.portable.check import load, raises

VECTORS = load("modbus_rtu.json")


def spoil(frame, position):
    return frame[:position] + bytes((frame[position] ^ 0x10,)) + frame[position + 1 :]


def test_crc():
    for vector in VECTORS["crc"]:
        assert modbus_rtu.crc16(bytes.fromhex(vector["data"])) == vector["crc"]


def test_read_frames():
    for vector in VECTORS["reads"]:
        request = modbus_rtu.read_request(
            vector["address"], vector["start"], vector["count"], vector["function"]
        )
        response = bytes.fromhex(vector["response"])
        assert request == bytes.fromhex(vector["request"])
        assert modbus_rtu.response_length(request) == len(response)
        assert modbus_rtu.parse_response(request, response) == tuple(vector["registers"])


def test_write_frames():
    for vector in VECTORS["writes"]:
        request = modbus_write.write_request(vector["address"], vector["start"], vector["values"])
        response = bytes.fromhex(vector["response"])
        assert request == bytes.fromhex(vector["request"])
        assert modbus_rtu.response_length(request) == len(response)
        assert modbus_rtu.parse_response(request, response) == ()


def test_cut_spoilt_and_lengthened_responses_are_refused():
    for vector in VECTORS["reads"] + VECTORS["writes"]:
        request = bytes.fromhex(vector["request"])
        response = bytes.fromhex(vector["response"])
        for length in range(len(response)):
            raises(DecodeError, modbus_rtu.parse_response, request, response[:length])
            raises(DecodeError, modbus_rtu.parse_response, request, spoil(response, length))
        raises(DecodeError, modbus_rtu.parse_response, request, response + b"\0")


def test_exception_response():
    vector = VECTORS["exception"]
    request = bytes.fromhex(vector["request"])
    response = bytes.fromhex(vector["response"])
    error = raises(modbus_rtu.ModbusException, modbus_rtu.parse_response, request, response)
    assert error.code == vector["code"]
    assert str(error) == f"modbus exception {error.code}"
    assert isinstance(error, BusError)
    for length in range(len(response)):
        raises(DecodeError, modbus_rtu.parse_response, request, response[:length])


def test_answers_to_another_request_are_refused():
    request = modbus_rtu.read_request(1, 500, 1)
    for answer in (
        modbus_rtu.frame(2, 3, b"\x02\0\0"),  # another address
        modbus_rtu.frame(1, 4, b"\x02\0\0"),  # another function
        modbus_rtu.frame(1, 0x84, b"\x02"),  # an exception to another function
        modbus_rtu.frame(1, 3, b"\x04\0\0\0\0"),  # two registers
        modbus_rtu.frame(1, 3, b"\x03\0\0"),  # a wrong count of bytes
        modbus_rtu.frame(1, 0x83, b"\x02\x02"),  # an exception with a byte too many
    ):
        raises(DecodeError, modbus_rtu.parse_response, request, answer)
    request = modbus_write.write_request(1, 16, [1])
    raises(DecodeError, modbus_rtu.parse_response, request, modbus_rtu.frame(1, 6, b"\0\x10\0\x02"))


def test_requests_that_the_format_cannot_carry():
    for address, start, count in ((0, 0, 1), (256, 0, 1), (1, 0, 0), (1, 0, 126), (1, 0xFFFF, 2), (1, -1, 1)):
        raises(EncodeError, modbus_rtu.read_request, address, start, count)
    raises(EncodeError, modbus_rtu.read_request, 1, 0, 1, 6)
    for values in ([], [0] * 124, [65536], [-32769]):
        raises(EncodeError, modbus_write.write_request, 1, 0, values)
    raises(EncodeError, modbus_write.write_request, 0, 0, [1])


def test_signed():
    assert [modbus_rtu.signed(word) for word in (0, 0x7FFF, 0x8000, 0xFF9B, 0xFFFF)] == [
        0,
        32767,
        -32768,
        -101,
        -1,
    ]
    assert modbus_rtu.words([-101]) == b"\xff\x9b"
