"""Which requests were answered lately, and how (RFC 7252 section 4.5)."""

from protocols.compat import ticks_diff

CAPACITY = 65536  # replies in one generation: a flood shortens the memory, it does not fill it
MAX_LATENCY_MS = 100_000  # the longest that a datagram may be on its way (section 4.8.2)


def exchange_lifetime_ms(parameters):
    """How long a message ID may not be used again, and a receiver has to know duplicates (section 4.8.2)."""
    first_wait_ms = parameters.ack_timeout_ms
    span_ms = int(first_wait_ms * ((1 << parameters.max_retransmit) - 1) * parameters.ack_random_factor)
    processing_delay_ms = first_wait_ms
    lifetime_ms = span_ms + 2 * MAX_LATENCY_MS + processing_delay_ms
    return max(lifetime_ms, parameters.max_transmit_wait_ms)  # the RFC's sum forgets a long last wait


class ReplyMemory:
    """Replies by key, for at least `lifetime_ms` after `remember`.

    Two generations of entries replace a queue in order of age: when the younger one is as old as a
    lifetime (or full), the older one is dropped whole and the younger takes its place.
    """

    def __init__(self, lifetime_ms):
        self._lifetime_ms = lifetime_ms
        self._young = {}
        self._old = {}
        self._turned_ms = None

    def recall(self, key, now_ms):
        """The reply remembered for `key` within the lifetime, or None."""
        known = self._young.get(key) or self._old.get(key)
        if known is None or not self._within_lifetime(known[0], now_ms):
            return None
        return known[1]

    def remember(self, key, reply, now_ms):
        if self._turned_ms is None:
            self._turned_ms = now_ms
        if len(self._young) >= CAPACITY or not self._within_lifetime(self._turned_ms, now_ms):
            self._old, self._young = self._young, {}
            self._turned_ms = now_ms
        self._young[key] = (now_ms, reply)

    def _within_lifetime(self, since_ms, now_ms):
        return 0 <= ticks_diff(now_ms, since_ms) < self._lifetime_ms
