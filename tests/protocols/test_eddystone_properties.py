"""Eddystone-EID against a second reading of the specification, and advertisements of any bytes."""

import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from host_tools.cryptolib import aes
from protocols.eddystone import HEAD, IDENTITY, IDENTITY_SIZE, eid, eid_in

structures = st.lists(st.binary(max_size=12), max_size=6)


def block(key, data):
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(data)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 15), st.integers(-(1 << 33), 1 << 33))
def test_the_computation(key, exponent, counter):
    seconds = counter % 2**32
    temporary = block(key, b"\0" * 11 + b"\xff\0\0" + bytes([seconds >> 24, seconds >> 16 & 0xFF]))
    quantised = (seconds - seconds % 2**exponent).to_bytes(4, "big")
    assert (
        eid(aes, key, exponent, counter) == block(temporary, b"\0" * 11 + bytes([exponent]) + quantised)[:8]
    )


@given(st.binary(max_size=64))
def test_any_bytes_are_an_identifier_or_nothing(data):
    found = eid_in(data)
    assert found is None or (len(found) == 8 and HEAD in data and found in data)


@given(structures, structures, st.binary(min_size=8, max_size=8), st.integers(0, 255))
def test_it_is_found_among_others(before, after, identifier, power):
    def coded(bodies):
        return b"".join(bytes([len(body) + 1, 0xFF]) + body for body in bodies)

    frame = HEAD + bytes([power]) + identifier
    whole = coded(before) + frame + coded(after)
    assert eid_in(whole) == identifier
    for length in range(len(coded(before) + frame)):
        assert eid_in(whole[:length]) is None


@given(
    st.binary(min_size=14, max_size=40).map(lambda data: HEAD + data[5:]),
    st.integers(0, 4),
    st.integers(1, 255),
)
def test_a_changed_head_is_no_match(data, at, change):
    broken = bytearray(data)
    broken[at] ^= change
    found = eid_in(bytes(broken))
    assert found is None or HEAD in bytes(broken[1:])


def test_the_size_of_an_identity():
    assert struct.calcsize(IDENTITY) == IDENTITY_SIZE
