"""MicroPython's `cryptolib.aes` for the host, as far as `protocols.oscore` needs it."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ECB, CBC = 1, 2


class aes:
    """AES with a key of 16 or 32 bytes; the mode is ECB, or CBC with an `iv`."""

    def __init__(self, key: bytes, mode: int, iv: bytes = b""):
        chosen = {ECB: modes.ECB, CBC: modes.CBC}[mode]
        self._encryptor = Cipher(algorithms.AES(key), chosen(iv) if mode == CBC else chosen()).encryptor()

    def encrypt(self, data: bytes) -> bytes:
        """Whole blocks; with CBC, one call goes on where the last one ended."""
        return self._encryptor.update(data)
