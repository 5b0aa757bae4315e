"""Sender sequence numbers that are never used twice, though power may go at any time (Appendix B.1.1).

Storage is written once for `STEP` numbers, before the first of them is used: what stands there is the
limit below which all numbers may be gone.  Who finds nothing but that goes on at the limit, and first
stores the next.  So it is right for any moment of a power cut, provided that a store that returned is
there to stay; with storage that keeps writes back, Appendix B.1.1 forbids the method.
"""

STEP = 64

# A key lasts for 2^20 messages: far below the partial IV's 2^40, as an 8-byte tag and the number of
# forgeries that a link lets pass want it, and small enough for MicroPython's small integers.
LIMIT = 1 << 20


class ExhaustedError(Exception):
    """The key's numbers are used up: a fresh context is due."""


class SenderSequence:
    """`reserve(limit)` stores the limit durably, or raises; `next` and `limit` are what was stored."""

    def __init__(self, reserve, next=0, limit=0):
        self.next = next
        self.limit = limit
        self._reserve = reserve

    def take(self):
        """A number that was never taken before.  ExhaustedError; and what `reserve` raises."""
        if self.next >= LIMIT:
            raise ExhaustedError
        if self.next >= self.limit:
            limit = self.next + STEP
            self._reserve(limit)
            self.limit = limit
        self.next += 1
        return self.next - 1
