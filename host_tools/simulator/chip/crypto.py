"""The AES that a stock ESP32 image has in `cryptolib`: ECB and CBC."""

import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from host_tools.simulator.vm.files import CallFile

FRAME = struct.Struct("<BBBx16s32s")  # decrypt, CBC, length of the key, IV (back: the next one), key; data
BLOCK = 16


class Aes(CallFile):
    """`/dev/aes`: whole blocks in place.  It keeps nothing from one call to the next."""

    def call(self, frame: bytes) -> bytes:
        decrypt, cbc, key_length, iv, key = FRAME.unpack_from(frame)
        data = frame[FRAME.size :]
        cipher = Cipher(algorithms.AES(key[:key_length]), modes.CBC(iv) if cbc else modes.ECB())
        result = (cipher.decryptor() if decrypt else cipher.encryptor()).update(data)
        ciphertext = data if decrypt else result
        return FRAME.pack(decrypt, cbc, key_length, (iv + ciphertext)[-BLOCK:], key) + result
