"""The security context (RFC 8613 section 3), its nonces (5.2) and what it authenticates (5.4)."""

from protocols.coap.message import uint_value
from protocols.oscore.aes_ccm import KEY_SIZE, NONCE_SIZE, AesCcm
from protocols.oscore.hkdf import expand, extract

ALGORITHM = 10  # AES-CCM-16-64-128 in COSE's registry
LONGEST_ID = NONCE_SIZE - 6

# The types of `info` (section 3.2.1): a text string of three or two letters
KEY, IV = b"\x63Key", b"\x62IV"
# Enc_structure up to its last field (RFC 9052 section 5.3): an array of 3, "Encrypt0", no header
AAD_HEAD = b"\x83\x68Encrypt0\x40"
# aad_array up to the kid: an array of 5, OSCORE version 1, [ALGORITHM]
AAD_ARRAY_HEAD = b"\x85\x01\x81\x0a"
AAD_ARRAY_TAIL = b"\x40"  # no options of class I


class Credentials:
    """What two peers share before they ever talk, seen from one side.

    `secret` and `salt` are the Master Secret and Master Salt (bytes; the salt may be empty),
    `sender_id` and `recipient_id` 0 to 7 bytes each, and different: (ID Context, Sender ID) must be
    unique under one secret.
    """

    def __init__(self, secret, salt, sender_id, recipient_id):
        if max(len(sender_id), len(recipient_id)) > LONGEST_ID or sender_id == recipient_id:
            raise ValueError("IDs have at most 7 bytes, and differ")
        self.secret = secret
        self.salt = salt
        self.sender_id = sender_id
        self.recipient_id = recipient_id


class Context:
    """The keys for one ID Context (bytes, or None).  It never changes; numbers are counted elsewhere.

    A request is known by its pair (kid, partial IV), both bytes, which its response is bound to too.
    """

    def __init__(self, aes, credentials, id_context):
        self.sender_id = credentials.sender_id
        self.recipient_id = credentials.recipient_id
        self.id_context = id_context
        prk = extract(credentials.salt, credentials.secret)

        def derive(id, type, size):  # section 3.2.1
            return expand(prk, info(id, id_context, type, size), size)

        self._sender = AesCcm(aes, derive(self.sender_id, KEY, KEY_SIZE))
        self._recipient = AesCcm(aes, derive(self.recipient_id, KEY, KEY_SIZE))
        self._common_iv = int.from_bytes(derive(b"", IV, NONCE_SIZE), "big")

    def encrypt(self, plaintext, nonce_of, request):
        """Under the sender's key; `nonce_of` is the pair that makes the nonce: see `nonce`."""
        return self._sender.encrypt(self.nonce(nonce_of), plaintext, aad(request))

    def decrypt(self, ciphertext, nonce_of, request):
        """Under the recipient's key.  TamperedError."""
        return self._recipient.decrypt(self.nonce(nonce_of), ciphertext, aad(request))

    def nonce(self, pair):
        """13 bytes from (ID of who counted, partial IV): its size, the ID, the number, XOR Common IV."""
        id, partial_iv = pair
        number = len(id) << 96 | int.from_bytes(id, "big") << 40 | int.from_bytes(partial_iv, "big")
        return (self._common_iv ^ number).to_bytes(NONCE_SIZE, "big")


def aad(request):
    """The additional authenticated data of a request (kid, partial IV), and of its response."""
    array = AAD_ARRAY_HEAD + byte_string(request[0]) + byte_string(request[1]) + AAD_ARRAY_TAIL
    return AAD_HEAD + byte_string(array)


def info(id, id_context, type, size):
    """What a key is derived for, as a CBOR array of 5; `type` is KEY or IV, `size` below 24."""
    context = b"\xf6" if id_context is None else byte_string(id_context)
    return b"\x85" + byte_string(id) + context + bytes([ALGORITHM]) + type + bytes([size])


def partial_iv(number):
    """A sequence number as bytes: as short as it goes, but zero is one byte."""
    return uint_value(number) or b"\0"


def byte_string(data):
    """The CBOR byte string of at most 255 bytes: all that OSCORE needs of CBOR, without its encoder."""
    size = len(data)
    return bytes([0x40 + size] if size < 24 else [0x58, size]) + data
