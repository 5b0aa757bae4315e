"""Frames of `protocols.r200`, and the reader's driver on a bus with scripted answers."""

from drivers import rfid_r200
from drivers.rfid_r200 import R200
from protocols import r200
from protocols.errors import BusError, DecodeError, EncodeError
from tests.portable.check import load, raises, run
from tests.portable.fake_bus import FakePin, FakeSerial

VECTORS = load("r200.json")
EPC = b"\xe2\x00\x47\x0d\x9a\x60\x60\x21\x70\xb0\x01\x1a"
NO_TAG = bytes.fromhex(VECTORS["no_tag"])
REGION_SET = r200.frame(r200.RESPONSE, r200.SET_REGION, b"\0")
POWER_SET = r200.frame(r200.RESPONSE, r200.SET_POWER, b"\0")
STOPPED = r200.frame(r200.RESPONSE, r200.STOP_INVENTORY, b"\0")


def parameters(epc=EPC, rssi=-55):
    tag = bytes((len(epc) // 2 << 3, 0)) + epc
    crc = r200.crc16(tag)
    return bytes((rssi & 0xFF,)) + tag + bytes((crc >> 8, crc & 0xFF))


def notification(epc=EPC, rssi=-55):
    return r200.frame(r200.NOTIFICATION, r200.INVENTORY, parameters(epc, rssi))


def spoil(data, position, bits=0x10):
    return data[:position] + bytes((data[position] ^ bits,)) + data[position + 1 :]


def test_commands():
    for vector in VECTORS["commands"]:
        made = r200.frame(r200.COMMAND, vector["command"], bytes.fromhex(vector["parameters"]))
        assert made == bytes.fromhex(vector["frame"])
    assert r200.start_inventory(10000) == bytes.fromhex(VECTORS["start_10000_rounds"])
    for rounds in (0, 65536):
        raises(EncodeError, r200.start_inventory, rounds)
    raises(EncodeError, r200.frame, 0, 0x39, bytes(257))


def test_crc():
    for vector in VECTORS["crc"]:
        assert r200.crc16(bytes.fromhex(vector["data"])) == vector["crc"]


def test_frames():
    assert r200.check_frame(NO_TAG) == (r200.RESPONSE, r200.ERROR, b"\x15")
    assert r200.check_frame(notification()) == (r200.NOTIFICATION, r200.INVENTORY, parameters())
    for whole in (NO_TAG, notification()):
        for length in range(len(whole)):
            raises(DecodeError, r200.check_frame, whole[:length])
            raises(DecodeError, r200.check_frame, spoil(whole, length))
        raises(DecodeError, r200.check_frame, whole + b"\xdd")


def test_a_frame_byte_by_byte_and_behind_noise():
    for noise in (b"", b"\x00\xdd", b"\xaa\xff", b"\xaa\xaa"):
        line = noise + notification()
        data = b""
        for position in range(len(line)):
            data = r200.trim(data + line[position : position + 1])
        assert data == notification() and r200.missing(data) == 0


def test_tags():
    assert r200.parse_tag(parameters()) == (EPC, -55)
    assert r200.parse_tag(parameters(EPC[:4], 3)) == (EPC[:4], 3)
    assert r200.parse_tag(parameters(b"")) == (b"", -55)
    whole = parameters()
    for length in range(len(whole)):
        raises(DecodeError, r200.parse_tag, whole[:length])
        if length:  # a wrong bit in the RSSI is another RSSI
            raises(DecodeError, r200.parse_tag, spoil(whole, length))
    raises(DecodeError, r200.parse_tag, whole + b"\0")


async def no_sleep(_delay_ms):
    pass


def with_reader(bus, body, **settings):
    """Run `body(reader)`, a coroutine function, without waiting for the module to boot."""
    real_sleep_ms, rfid_r200.sleep_ms = rfid_r200.sleep_ms, no_sleep
    try:
        return run(body(R200(bus, FakePin(0), **settings)))
    finally:
        rfid_r200.sleep_ms = real_sleep_ms


def test_start():
    bus = FakeSerial(REGION_SET, POWER_SET)
    with_reader(bus, lambda reader: reader.start(), region=r200.CHINA_800, power_cdbm=2000)
    assert bus.written == [
        bytes.fromhex("aa00070001040cdd"),
        bytes.fromhex("aa00b6000207d08fdd"),
        r200.start_inventory(65535),
    ]


def test_start_fails():
    refused = r200.frame(r200.RESPONSE, r200.ERROR, b"\x17")
    assert (
        raises(r200.R200Error, with_reader, FakeSerial(refused), lambda reader: reader.start()).code == 0x17
    )
    bus = FakeSerial()
    assert "0x07" in str(raises(BusError, with_reader, bus, lambda reader: reader.start()))
    assert len(bus.written) == 3


def tags_of(stream):
    """The tags in what a running inventory sends before it falls silent, and what `read` says afterwards."""
    bus = FakeSerial(REGION_SET, POWER_SET, stream, STOPPED, b"", b"", REGION_SET, POWER_SET)

    async def body(reader):
        await reader.start()
        found = []
        try:
            async for tag in reader:
                found.append(tag)
        except BusError as error:
            assert "silent" in str(error)
        try:
            await reader.read()
            raise AssertionError("a silent module has been read")
        except BusError:
            pass
        await reader.start()
        return found, await reader.read()

    return with_reader(bus, body)


def test_tags_between_empty_rounds_and_noise():
    other = EPC[:-1] + b"\x1b"
    stream = NO_TAG + notification() + NO_TAG + b"\x00\xaa\x01" + notification(other, -70) + notification()
    found, reading = tags_of(stream)
    assert found == [(EPC, -55), (other, -70), (EPC, -55)]
    assert reading["tags_count"] == 3


def test_broken_frames_are_counted_and_the_next_tag_is_found():
    whole = notification()
    for position in range(1, len(whole)):
        found, reading = tags_of(spoil(whole, position) + whole)
        assert found == [(EPC, -55)], position
        assert reading["broken_count"] >= (position > 2)
    crc_wrong = r200.frame(r200.NOTIFICATION, r200.INVENTORY, spoil(parameters(), 5))
    assert tags_of(crc_wrong + whole) == ([(EPC, -55)], {"tags_count": 1, "broken_count": 1})


def test_a_silent_inventory_is_started_anew():
    bus = FakeSerial(REGION_SET, POWER_SET, b"", b"", notification())

    async def body(reader):
        await reader.start()
        return await reader.__anext__()

    assert with_reader(bus, body) == (EPC, -55)
    assert bus.written[2:] == [r200.start_inventory(65535)] * 3


def test_stop_among_notifications():
    bus = FakeSerial(REGION_SET, POWER_SET, b"", NO_TAG + notification() * 5 + STOPPED)

    async def body(reader):
        await reader.start()
        await reader.stop()
        found = []
        async for tag in reader:
            found.append(tag)
        return found

    assert with_reader(bus, body) == []


def test_stop_switches_off_a_module_that_does_not_answer():
    enable = FakePin(0)
    reader = R200(FakeSerial(), enable)
    raises(BusError, run, reader.stop())
    assert enable.written == [0, 0]
