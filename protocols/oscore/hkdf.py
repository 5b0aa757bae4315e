"""HMAC (RFC 2104) and HKDF (RFC 5869) with SHA-256; MicroPython has the hash, but neither of them."""

from hashlib import sha256

BLOCK = 64  # of SHA-256
HASH_SIZE = 32


def hmac_sha256(key, data):
    """32 bytes."""
    if len(key) > BLOCK:
        key = sha256(key).digest()
    key = key + bytes(BLOCK - len(key))
    inner = sha256(bytes([byte ^ 0x36 for byte in key]) + data).digest()
    return sha256(bytes([byte ^ 0x5C for byte in key]) + inner).digest()


def extract(salt, secret):
    """The pseudorandom key of 32 bytes; an empty salt stands for 32 zeros."""
    return hmac_sha256(salt, secret)  # which pads the key with zeros, so both are the same


def expand(prk, info, size):
    """`size` bytes (at most 8160) of key material for the purpose `info`."""
    blocks = [b""]
    while len(blocks) <= (size + HASH_SIZE - 1) // HASH_SIZE:
        blocks.append(hmac_sha256(prk, blocks[-1] + info + bytes([len(blocks)])))
    return b"".join(blocks)[:size]
