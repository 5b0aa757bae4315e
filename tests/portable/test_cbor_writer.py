from protocols.cbor import dumps, loads
from protocols.cbor_writer import Writer
from protocols.compat import MICROPYTHON
from protocols.errors import EncodeError
from tests.portable.check import raises, without_allocating

NUMBERS = (0, 23, 24, 255, 256, 65535, 65536, 0x3FFFFFFF, -1, -24, -25, -256, -257, -65537, -0x3FFFFFFF)
NAME = b"stra\xc3\x9fe"
BLOB = bytearray(range(30))


def written(*steps):
    """The bytes of items given as (method, argument, ...), from a buffer with room to spare."""
    buffer = bytearray(600)
    writer = Writer(buffer)
    for name, *arguments in steps:
        getattr(writer, name)(*arguments)
    assert buffer[writer.position :] == bytes(600 - writer.position)
    return bytes(buffer[: writer.position])


def write_everything(writer):
    writer.map(2)
    writer.int(1)
    writer.array(len(NUMBERS))
    for number in NUMBERS:
        writer.int(number)
    writer.int(2)
    writer.array(8)
    writer.bytes(BLOB)
    writer.text(NAME)
    writer.tag(1000)
    writer.bool(True)
    writer.bool(False)
    writer.null()
    writer.simple(255)
    writer.raw(b"\xf9\x3c\x00")
    writer.map(0)


def test_what_it_writes_is_what_dumps_makes():
    for number in NUMBERS + (1 << 30, (1 << 32) - 1, 1 << 32, (1 << 64) - 1, -(1 << 64)):
        assert written(("int", number)) == dumps(number)
    for data in (b"", bytes(23), bytes(24), bytes(300), bytearray(5)):
        assert written(("bytes", data)) == dumps(data)
    assert written(("bytes", memoryview(BLOB)[3:7])) == dumps(BLOB[3:7])
    assert written(("text", NAME)) == dumps("straße")
    assert written(("null",), ("bool", True), ("bool", False)) == b"\xf6\xf5\xf4"
    assert written(("simple", 23), ("simple", 16), ("simple", 32)) == b"\xf7\xf0\xf8\x20"
    assert written(("tag", 1), ("int", 1363896240)) == b"\xc1\x1a\x51\x4b\x67\xb0"
    assert written(("array", 25)) == b"\x98\x19"
    assert written(("map", 256)) == b"\xb9\x01\x00"


def test_it_writes_into_any_part_of_a_buffer():
    buffer = bytearray(b"-" * 12)
    writer = Writer(memoryview(buffer)[1:10], 2)
    writer.text(b"ab")
    writer.int(-500)
    assert writer.position == 8
    assert buffer == b"---bab\x39\x01\xf3---"


def test_it_allocates_nothing():
    writer = Writer(bytearray(200))
    without_allocating(lambda: write_everything(writer))
    message = loads(writer.buffer[: writer.position])
    assert tuple(message[1]) == NUMBERS
    assert message[2][:2] == [bytes(BLOB), "straße"]
    into_view = Writer(memoryview(bytearray(200)))
    without_allocating(lambda: write_everything(into_view))
    assert into_view.buffer[: writer.position] == writer.buffer[: writer.position]
    if MICROPYTHON:
        raises(MemoryError, without_allocating, lambda: dumps(NUMBERS))


def test_a_full_buffer_keeps_its_complete_items_and_nothing_else_changes():
    whole = Writer(bytearray(200))
    write_everything(whole)
    ends = set()
    for size in range(whole.position):
        buffer = bytearray(b"\xaa" * 200)
        writer = Writer(memoryview(buffer)[:size])
        raises(EncodeError, write_everything, writer)
        assert buffer[: writer.position] == whole.buffer[: writer.position]
        assert buffer[writer.position :] == b"\xaa" * (200 - writer.position)
        ends.add(writer.position)
    assert len(ends) == len(NUMBERS) + 14  # the places between the items of write_everything
    write_everything(Writer(bytearray(whole.position)))


def test_a_position_can_be_set_back():
    writer = Writer(bytearray(6))
    writer.text(b"abc")
    mark = writer.position
    writer.int(1)
    raises(EncodeError, writer.int, 1000)
    writer.position = mark
    writer.int(24)
    assert loads(b"\x82" + writer.buffer) == ["abc", 24]


def test_what_has_no_encoding_is_refused():
    writer = Writer(bytearray(100))
    for method, value in (
        (writer.int, 1 << 64),
        (writer.int, -1 - (1 << 64)),
        (writer.tag, -1),
        (writer.tag, 1 << 64),
        (writer.array, -1),
        (writer.map, -1),
        (writer.simple, -1),
        (writer.simple, 24),
        (writer.simple, 31),
        (writer.simple, 256),
    ):
        raises(EncodeError, method, value)
    assert writer.position == 0
    assert writer.buffer == bytes(100)
