"""`cryptolib` with what a stock ESP32 image has: AES in ECB (1) and CBC (2), no CTR (6)."""

from struct import pack_into

_HEADER = 52
_ECB, _CBC = 1, 2


class aes:
    def __init__(self, key, mode, IV=None):
        if mode not in (_ECB, _CBC):
            raise ValueError("mode")
        if len(key) not in (16, 32):
            raise ValueError("key")
        if (mode == _CBC) != (IV is not None and len(IV) == 16):
            raise ValueError("IV")
        self._cbc = mode == _CBC
        self._key = bytes(key)
        self._iv = bytes(IV or 16)
        self._direction = None

    def encrypt(self, in_buf, out_buf=None):
        return self._process(0, in_buf, out_buf)

    def decrypt(self, in_buf, out_buf=None):
        return self._process(1, in_buf, out_buf)

    def _process(self, direction, in_buf, out_buf):
        """`out_buf`, filled, or new bytes; CBC goes on where the last call ended."""
        if len(in_buf) % 16:
            raise ValueError("blksize % 16")
        if out_buf is not None and len(out_buf) < len(in_buf):
            raise ValueError("output too small")
        if self._direction not in (None, direction):
            raise ValueError("can't encrypt & decrypt")
        self._direction = direction
        frame = bytearray(_HEADER) + in_buf
        pack_into("<BBBx16s32s", frame, 0, direction, self._cbc, len(self._key), self._iv, self._key)
        with open("/dev/aes", "r+b") as file:
            file.readinto(frame)
        self._iv = bytes(frame[4:20])
        result = bytes(frame[_HEADER:])
        if out_buf is None:
            return result
        out_buf[: len(result)] = result
        return out_buf
