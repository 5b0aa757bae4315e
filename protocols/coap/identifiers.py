"""What tells a client's messages apart: message IDs, tokens, Request-Tags."""

TOKEN_SIZE = 4  # RFC 7252 section 5.3.1: at least 32 random bits, against answers that are made up


class Identifiers:
    """Those of one client endpoint; keep it as long as the socket.

    `random_bits(n)` gives n random bits, such as `random.getrandbits`.  Message IDs begin anywhere and
    count up, so that 65536 go by until one comes again (RFC 7252 section 4.4).
    """

    def __init__(self, random_bits):
        self._random_bits = random_bits
        self._message_id = random_bits(16)
        self._request_tag = random_bits(8)

    def message_id(self):
        self._message_id = (self._message_id + 1) & 0xFFFF
        return self._message_id

    def token(self):
        return bytes([self._random_bits(8) for _ in range(TOKEN_SIZE)])

    def request_tag(self):
        """Another for each body that is sent, also for the same one sent again (RFC 9175 section 3.4)."""
        self._request_tag = (self._request_tag + 1) & 0xFF
        return bytes((self._request_tag,))

    def random_fraction(self):
        """Uniform in 0.0 to 1.0, for retransmissions."""
        return self._random_bits(16) / 65535
