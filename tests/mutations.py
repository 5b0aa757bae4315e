"""Messages damaged in the ways that lines, attackers and bugs damage them."""

import random

MAX_MESSAGE = 1500  # bytes: beyond a datagram of any network here
LENGTHS = (b"\xff", b"\x7f\xff", b"\xff\xff", b"\xff\xff\xff\xff", b"\x80" + bytes(7), b"\x7f" + b"\xff" * 7)
# What announces a long length behind it: an option's nibbles in CoAP, an argument's size in CBOR.
LENGTH_MARKS = (0x0D, 0x0E, 0x18, 0x19, 0x1A, 0x1B, 0x1F, 0xD0, 0xE0)


def mutated(rng: random.Random, seeds: list[bytes]) -> bytes:
    """One of the `seeds` after one to four mutations."""
    message = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        rng.choice(MUTATIONS)(rng, message, seeds)
    return bytes(message[:MAX_MESSAGE])


def flip_bit(rng, message, _seeds):
    if message:
        message[rng.randrange(len(message))] ^= 1 << rng.randrange(8)


def change_byte(rng, message, _seeds):
    if message:
        message[rng.randrange(len(message))] = rng.randrange(256)


def truncate(rng, message, _seeds):
    del message[rng.randrange(len(message) + 1) :]


def delete(rng, message, _seeds):
    at = rng.randrange(len(message) + 1)
    del message[at : at + rng.randrange(1, 5)]


def insert(rng, message, _seeds):
    at = rng.randrange(len(message) + 1)
    message[at:at] = rng.randbytes(rng.randrange(1, 9))


def repeat(rng, message, _seeds):
    """A piece many times over: depth, and keys and options twice."""
    at = rng.randrange(len(message) + 1)
    message[at:at] = message[at : at + rng.randrange(1, 5)] * rng.choice((1, 2, 20, 300))


def splice(rng, message, seeds):
    """The head of one message, the tail of another."""
    other = rng.choice(seeds)
    message[rng.randrange(len(message) + 1) :] = other[rng.randrange(len(other) + 1) :]


def bloat_length(rng, message, _seeds):
    """Announce more than there is."""
    if message:
        at = rng.randrange(len(message))
        message[at] |= rng.choice(LENGTH_MARKS)
        message[at + 1 : at + 1] = rng.choice(LENGTHS)


MUTATIONS = (flip_bit, change_byte, truncate, delete, insert, repeat, splice, bloat_length)
