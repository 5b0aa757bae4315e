"""Is a request from now, and from where it says?  The server's side of Echo (RFC 9175 section 2).

A request that moves something is answered with 4.01 and an Echo value; the client sends it again with
that value, which proves that it was made after the challenge.  The server keeps nothing: the value is
its time of issue and a MAC over that and the client's address (RFC 9175 appendix A, method 2).
"""

from protocols.coap.numbers import ECHO, UNAUTHORIZED

TIME_SIZE, MAC_SIZE = 4, 8


class Freshness:
    """Challenges and checks.

    `mac(data)` authenticates bytes with a secret of this process, such as HMAC-SHA-256 with a random
    key; at least 8 bytes.  Requests count as fresh for `lifetime_s` after the challenge.  `now_s` is a
    time in seconds that never goes back, below 2^32.
    """

    def __init__(self, mac, lifetime_s):
        self._mac = mac
        self._lifetime_s = lifetime_s

    def is_fresh(self, request, source, now_s):
        """Whether the request (a Message) carries an Echo value that `source` lately got."""
        values = request.values(ECHO)
        if not values or len(values[0]) != TIME_SIZE + MAC_SIZE:
            return False
        issued_s = int.from_bytes(values[0][:TIME_SIZE], "big")
        return _same(values[0], self._echo(source, issued_s)) and 0 <= now_s - issued_s < self._lifetime_s

    def challenge(self, source, now_s):
        """The response for a request that is not fresh: (code, payload, options)."""
        return UNAUTHORIZED, b"", [(ECHO, self._echo(source, now_s))]

    def _echo(self, source, issued_s):
        issued = issued_s.to_bytes(TIME_SIZE, "big")
        return issued + self._mac(issued + repr(source).encode())[:MAC_SIZE]


def _same(a, b):
    """Compare in a time that does not tell where the first difference is; the lengths are equal."""
    difference = 0
    for at in range(len(a)):
        difference |= a[at] ^ b[at]
    return difference == 0
