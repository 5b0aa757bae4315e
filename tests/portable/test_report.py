from binascii import hexlify, unhexlify

from protocols.errors import DecodeError, EncodeError
from protocols.report.decoder import INVALID as READ_INVALID
from protocols.report.decoder import decode
from protocols.report.encoder import ABSENT, INVALID, ReportEncoder
from protocols.report.layout import MAX_COUNTER, MAX_REPORTS, MAX_VALUE
from tests.portable.check import load, raises

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython: the same work, unobserved

    def heap_lock():
        pass

    heap_unlock = heap_lock

SCHEMA = 0xC17E01


def packed(rows, size=2000, start=0):
    buffer = bytearray(size)
    end = ReportEncoder(SCHEMA, len(rows[0]) - 2).encode_into(buffer, start, rows, len(rows))
    return bytes(buffer[start:end])


def as_read(rows):
    meaning = {ABSENT: None, INVALID: READ_INVALID}
    return [[meaning.get(item, item) for item in row] for row in rows]


def assert_round_trip(rows):
    assert decode(packed(rows)) == (SCHEMA, as_read(rows)), rows


def test_vectors():
    for vector in load("report_v1.json")["vectors"]:
        rows = [
            [ABSENT if item is None else INVALID if item == "invalid" else item for item in row]
            for row in vector["rows"]
        ]
        buffer = bytearray(100)
        end = ReportEncoder(vector["schema_id"], len(rows[0]) - 2).encode_into(buffer, 0, rows, len(rows))
        bits = "".join([bits for bits, _ in vector["bits"]]).replace(" ", "")
        assert len(bits) <= 4 * len(vector["hex"]) == 8 * end < len(bits) + 8, vector["what"]
        assert int(bits, 2) << 8 * end - len(bits) == int(vector["hex"], 16), vector["what"]
        assert hexlify(buffer[:end]).decode() == vector["hex"], vector["what"]
        assert decode(unhexlify(vector["hex"])) == (vector["schema_id"], vector["rows"]), vector["what"]


def test_the_trace_comes_back():
    rows = load("lamp_trace.json")["rows"]
    for count in (1, 2, 12, 48, MAX_REPORTS):
        for first in range(0, len(rows) - count + 1, 3 * count):
            assert_round_trip(rows[first : first + count])


def test_extremes():
    for values in (
        [MAX_VALUE, -MAX_VALUE],
        [-MAX_VALUE, MAX_VALUE, 0],
        [MAX_VALUE] * 3,
        [-MAX_VALUE, -MAX_VALUE + 1],
        [0, MAX_VALUE, 0, -MAX_VALUE] * 16,
    ):
        assert_round_trip([[MAX_COUNTER - i, 0 if i % 2 else MAX_COUNTER, v] for i, v in enumerate(values)])
    assert_round_trip([[0, 0]])  # a table without points
    assert_round_trip([[i, i] + [i] * 255 for i in range(2)])


def test_absent_and_invalid():
    for row in ([5, ABSENT, 1], [5, 6, ABSENT], [5, 6, INVALID], [5, ABSENT, INVALID]):
        assert_round_trip([row])
        assert_round_trip([row, [6, 7, 9]])
        assert_round_trip([row, [6, 7, 9], row, [9, ABSENT, -3], [10, 5, -4]])
        assert_round_trip([row] * MAX_REPORTS)


def test_what_cannot_be_sent():
    for row in (
        [-1, 0, 0],
        [MAX_COUNTER + 1, 0, 0],
        [ABSENT, 0, 0],
        [0, -1, 0],
        [0, MAX_COUNTER + 1, 0],
        [0, INVALID, 0],
        [0, 0, MAX_VALUE + 1],
        [0, 0, -MAX_VALUE - 1],
    ):
        raises(EncodeError, packed, [[0, 0, 0], row])
    for count in (0, -1, MAX_REPORTS + 1):
        raises(EncodeError, ReportEncoder(1, 0).encode_into, bytearray(99), 0, [[1, 1]] * 70, count)
    for schema_id, points in ((-1, 1), (1 << 24, 1), (1, 256), (1, -1)):
        raises(EncodeError, ReportEncoder, schema_id, points)


def test_a_buffer_that_is_too_short():
    rows = load("lamp_trace.json")["rows"][:12]
    size = len(packed(rows))
    assert len(packed(rows, size)) == size
    assert packed(rows, size + 9, 9) == packed(rows)
    for shorter in range(size):
        raises(EncodeError, packed, rows, shorter)
        raises(EncodeError, packed, rows, shorter + 9, 9)
    buffer = bytearray(b"\xff" * (size + 2))
    ReportEncoder(SCHEMA, 8).encode_into(buffer, 1, rows, 12)
    assert buffer[0] == buffer[-1] == 0xFF  # nothing outside is touched
    assert bytes(buffer[1:-1]) == packed(rows)


def test_an_encoder_is_used_again_after_a_failure():
    encoder = ReportEncoder(SCHEMA, 1)
    buffer = bytearray(20)
    raises(EncodeError, encoder.encode_into, buffer, 0, [[1, 2, MAX_VALUE + 1]], 1)
    raises(EncodeError, encoder.encode_into, buffer, 18, [[1, 2, 3]], 1)
    end = encoder.encode_into(buffer, 0, [[1, 2, 3]], 1)
    assert bytes(buffer[:end]) == packed([[1, 2, 3]])


def test_every_cut_and_every_extra_byte_is_refused():
    trace = load("lamp_trace.json")["rows"]
    for rows in (trace[:1], trace[:12], [[1, ABSENT, INVALID], [2, 3, 4]]):
        data = packed(rows)
        for size in range(len(data)):
            raises(DecodeError, decode, data[:size])
        raises(DecodeError, decode, data + b"\x00")


def test_malformed():
    for vector in load("report_v1.json")["malformed"]:
        assert raises(DecodeError, decode, unhexlify(vector["hex"])), vector["what"]


def test_any_byte_changed_is_decoded_or_refused():
    data = packed(load("lamp_trace.json")["rows"][132:144])
    decoded = refused = 0
    for at in range(len(data)):
        for byte in (0x00, 0x01, 0x55, 0x7F, 0x80, 0xAA, 0xFE, 0xFF):
            try:
                decode(data[:at] + bytes((byte,)) + data[at + 1 :])
                decoded += 1
            except DecodeError:
                refused += 1
    assert decoded > 50 and refused > 50


def test_encoding_allocates_nothing():
    trace = load("lamp_trace.json")["rows"]
    hard = [[MAX_COUNTER - i, ABSENT, MAX_VALUE, INVALID] for i in range(3)]
    hard += [[0, MAX_COUNTER, -MAX_VALUE, 1], [1, 0, MAX_VALUE, -1]]
    lamp, other = ReportEncoder(SCHEMA, 8), ReportEncoder(SCHEMA, 2)
    buffer = bytearray(1000)
    heap_lock()
    try:
        lamp.encode_into(buffer, 0, trace, 1)
        lamp.encode_into(buffer, 0, trace, 12)
        lamp.encode_into(buffer, 0, trace, MAX_REPORTS)
        end = other.encode_into(buffer, 0, hard, len(hard))
    finally:
        heap_unlock()
    assert decode(bytes(buffer[:end])) == (SCHEMA, as_read(hard))
