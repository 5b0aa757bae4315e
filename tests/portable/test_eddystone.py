"""Eddystone-EID: identifiers of published beacons, and advertisements that hold one, or do not."""

from binascii import hexlify, unhexlify

from protocols.eddystone import HEAD, eid, eid_in
from tests.portable.check import load
from tests.portable.cipher import aes

EID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
FRAME = HEAD + b"\xeb" + EID
FLAGS = b"\x02\x01\x06"
SERVICES = b"\x03\x03\xaa\xfe"


def test_vectors():
    rows = load("eddystone_eid.json")["eids"]
    assert len(rows) > 10
    for row in rows:
        made = eid(aes, unhexlify(row["key"]), row["exponent"], row["counter"])
        assert hexlify(made).decode() == row["eid"], row


def test_it_changes_when_the_rotation_is_over():
    key = bytes(range(16))
    for exponent in (0, 1, 10, 15):
        period = 1 << exponent
        begun = 7 * 65_536 - period
        same = {eid(aes, key, exponent, counter) for counter in (begun, begun + period - 1)}
        assert len(same) == 1
        assert eid(aes, key, exponent, begun + period) not in same
        assert eid(aes, key, exponent, begun - 1) not in same


def test_an_advertisement():
    for data in (FRAME, FLAGS + SERVICES + FRAME, FRAME + FLAGS, FLAGS + FRAME + bytes(14)):
        assert eid_in(data) == EID
        assert eid_in(memoryview(data)) == EID
        assert eid_in(bytearray(data)) == EID


def test_the_first_of_two_counts():
    assert eid_in(FRAME + HEAD + b"\0" + b"another!") == EID


def test_every_truncation():
    whole = FLAGS + SERVICES + FRAME
    for length in range(len(whole)):
        assert eid_in(whole[:length]) is None


def test_what_is_another_thing():
    for data in (
        b"",
        b"\0",
        b"\0" + FRAME,  # early termination
        FLAGS,
        b"\x0c\x16\xaa\xfe\x30\xeb" + EID[:7],
        b"\x0e\x16\xaa\xfe\x30\xeb" + EID + b"\0",
        b"\x0d\x16\xaa\xfe\x00\xeb" + EID,  # Eddystone-UID
        b"\x0d\x16\xab\xfe\x30\xeb" + EID,
        b"\x0d\x21\xaa\xfe\x30\xeb" + EID,
        b"\xff\xff\xaa\xfe\x30\xeb" + EID,
        b"\x0f" + FRAME,  # inside of another structure
        b"\x0e\xff" + FRAME,
    ):
        assert eid_in(data) is None, data
