from binascii import unhexlify

from protocols.oscore.aes_ccm import TAG_SIZE, AesCcm
from protocols.oscore.errors import TamperedError
from protocols.oscore.hkdf import expand, extract, hmac_sha256
from tests.portable.check import load, raises
from tests.portable.cipher import aes


def fields(vector, *names):
    return [unhexlify(vector[name]) for name in names]


def test_packets_of_rfc3610():
    for vector in load("aes_ccm_rfc3610.json")["vectors"]:
        key, nonce, plaintext, aad, ciphertext = fields(
            vector, "key", "nonce", "plaintext", "aad", "ciphertext"
        )
        ccm = AesCcm(aes, key)
        assert ccm.encrypt(nonce, plaintext, aad) == ciphertext
        assert ccm.decrypt(nonce, ciphertext, aad) == plaintext


def test_every_length_around_a_block():
    ccm = AesCcm(aes, bytes(16))
    for size in (0, 1, 15, 16, 17, 31, 32, 33, 80, 1024):
        plaintext = bytes([size & 0xFF]) * size
        ciphertext = ccm.encrypt(bytes(13), plaintext, b"a" * 14)
        assert len(ciphertext) == size + TAG_SIZE
        assert ccm.decrypt(bytes(13), ciphertext, b"a" * 14) == plaintext


def test_every_changed_bit_is_noticed():
    ccm = AesCcm(aes, bytes(16))
    ciphertext = ccm.encrypt(bytes(13), b"open the cover", b"aad")
    for at in range(len(ciphertext) * 8):
        changed = bytearray(ciphertext)
        changed[at // 8] ^= 1 << at % 8
        raises(TamperedError, ccm.decrypt, bytes(13), bytes(changed), b"aad")


def test_another_key_nonce_aad_or_length_is_noticed():
    ccm = AesCcm(aes, bytes(16))
    ciphertext = ccm.encrypt(bytes(13), b"open the cover", b"aad")
    raises(TamperedError, AesCcm(aes, b"\1" * 16).decrypt, bytes(13), ciphertext, b"aad")
    raises(TamperedError, ccm.decrypt, b"\1" * 13, ciphertext, b"aad")
    raises(TamperedError, ccm.decrypt, bytes(13), ciphertext, b"Aad")
    raises(TamperedError, ccm.decrypt, bytes(13), ciphertext + b"\0", b"aad")
    for size in range(len(ciphertext)):
        raises(TamperedError, ccm.decrypt, bytes(13), ciphertext[:size], b"aad")


def test_more_than_two_bytes_can_count():
    ccm = AesCcm(aes, bytes(16))
    raises(ValueError, ccm.encrypt, bytes(13), bytes(0x10000), b"aad")
    raises(TamperedError, ccm.decrypt, bytes(13), bytes(0x10000 + TAG_SIZE), b"aad")


def test_hkdf_of_rfc5869():
    for vector in load("hkdf_rfc5869.json")["vectors"]:
        secret, salt, info, prk, okm = fields(vector, "ikm", "salt", "info", "prk", "okm")
        assert extract(salt, secret) == prk
        assert expand(prk, info, vector["size"]) == okm


def test_hmac_with_a_key_longer_than_a_block():
    # RFC 4231 section 4.7
    key, data = b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First"
    expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    assert hmac_sha256(key, data) == unhexlify(expected)
