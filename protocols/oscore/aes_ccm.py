"""AES-CCM-16-64-128 (RFC 9053 section 4.2): RFC 3610's CCM with L = 2 and M = 8.

The block cipher is injected as a class like MicroPython's `cryptolib.aes`: `aes(key, 1)` is ECB,
`aes(key, 2, iv)` is CBC, and `encrypt(data)` takes whole blocks.  So the key stream is one call, the
CBC-MAC another, and Python loops over blocks only to number them.
"""

from protocols.oscore.errors import TamperedError

KEY_SIZE = 16
NONCE_SIZE = 13
TAG_SIZE = 8
BLOCK = 16
LONGEST = 0xFFFF  # bytes of plaintext that two bytes can count

ECB, CBC = 1, 2  # cryptolib's numbers
# RFC 3610 section 2.2: flags of the first block of the MAC, with data to authenticate; of the counters
MAC_FLAGS = b"\x59"
COUNTER_FLAGS = b"\x01"


class AesCcm:
    """One key of 16 bytes.  No nonce (13 bytes) may ever be used twice to encrypt."""

    def __init__(self, aes, key):
        self._aes = aes
        self._key = key
        self._ecb = aes(key, ECB)

    def encrypt(self, nonce, plaintext, aad):
        """The ciphertext with the tag behind it; `aad` is 1 to 65279 bytes that are only authenticated."""
        if len(plaintext) > LONGEST:
            raise ValueError("too long")
        return self._mix(nonce, plaintext, self._tag(nonce, plaintext, aad))

    def decrypt(self, nonce, ciphertext, aad):
        """The plaintext; TamperedError: key, nonce, data or tag are not those of the encryption."""
        size = len(ciphertext) - TAG_SIZE
        if not 0 <= size <= LONGEST:
            raise TamperedError("no such length")
        mixed = self._mix(nonce, ciphertext[:size], ciphertext[size:])
        plaintext, tag = mixed[:size], mixed[size:]
        if not _same(tag, self._tag(nonce, plaintext, aad)):
            raise TamperedError("the tag is wrong")
        return plaintext

    def _mix(self, nonce, text, tag):
        """`text` and `tag` XORed with their key stream: block 0 is the tag's, the text's begin at 1."""
        first = COUNTER_FLAGS + nonce
        blocks = range((len(text) + BLOCK - 1) // BLOCK + 1)
        stream = self._ecb.encrypt(b"".join([first + i.to_bytes(2, "big") for i in blocks]))
        return _xor(text, stream[BLOCK:]) + _xor(tag, stream)

    def _tag(self, nonce, plaintext, aad):
        size = len(plaintext).to_bytes(2, "big")
        data = MAC_FLAGS + nonce + size + _padded(len(aad).to_bytes(2, "big") + aad) + _padded(plaintext)
        return self._aes(self._key, CBC, bytes(BLOCK)).encrypt(data)[-BLOCK : TAG_SIZE - BLOCK]


def _padded(data):
    return data + bytes(-len(data) % BLOCK)


def _xor(data, stream):
    """As one long integer: far fewer steps of the interpreter than byte by byte."""
    size = len(data)
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream[:size], "big")
    return mixed.to_bytes(size, "big")


def _same(a, b):
    """Compare in a time that does not tell where they differ."""
    return int.from_bytes(a, "big") ^ int.from_bytes(b, "big") == 0
