"""Eddystone-EID: a beacon whose identifier changes with time, and which only its key foretells.

The frame, and the computation of the identifier, are those of Google's specification of Eddystone
(github.com/google/eddystone, eddystone-eid/README.md and eid-computation.md); the structures of an
advertisement those of the Bluetooth Core Specification (volume 3, part C, section 11).

The block cipher is injected as a class like MicroPython's `cryptolib.aes`: `aes(key, 1)` is ECB.
"""

KEY_SIZE, EID_SIZE = 16, 8
MOST_EXPONENT = 15
# What a node keeps of a beacon: key, exponent, and its counter of seconds less the seconds since 2020.
IDENTITY, IDENTITY_SIZE = "<16sBi", 21
ECB = 1  # cryptolib's number
# Of the structure: its length, its type (service data, of a 16-bit UUID), 0xFEAA, and the frame's type.
HEAD = b"\x0d\x16\xaa\xfe\x30"


def eid(aes, key, exponent, counter):
    """The 8 bytes that a beacon sends while its counter of seconds (modulo 2^32) is there.

    key: 16 bytes.  exponent: 0 to 15; the identifier changes every 2^exponent seconds.
    """
    begun = (counter >> exponent << exponent & 0xFFFFFFFF).to_bytes(4, "big")
    day_key = aes(key, ECB).encrypt(bytes(11) + b"\xff\0\0" + begun[:2])  # of 65,536 s, nearly a day
    return aes(day_key, ECB).encrypt(bytes(11) + bytes((exponent,)) + begun)[:EID_SIZE]


def eid_in(data):
    """The identifier in an advertisement's data, of whatever bytes; None if it is no Eddystone-EID."""
    at = 0
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            break
        if bytes(data[at : at + len(HEAD)]) == HEAD:
            return bytes(data[end - EID_SIZE : end])
        at = end
    return None
