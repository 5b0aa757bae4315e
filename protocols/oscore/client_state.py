"""What a node knows about its context after a deep sleep, and how it knows that it may believe it.

Two memories are injected, each with `load()` -> bytes and `store(bytes)`:

    flash    survives everything (NVS: outside the application's slots and of factory reset);
             written once for `sequence.STEP` messages
    witness  is lost with the power (the RTC's memory); written for every message, which costs nothing

Flash alone is no proof: it can be copied to another chip, or put back to an older content.  So a context
is resumed only if the witness holds the very same record, which a copy or an old image cannot bring about;
everything else (power was off, the flash is new, a write between the two was cut off) begins a fresh
context (Appendix B.2) at the price of one round trip.  What this cannot see is a chip whose RTC memory
was restored together with the flash, by somebody who already runs code on it.
"""

from hashlib import sha256

from protocols.oscore.sequence import SenderSequence

NUMBER = 4  # bytes
CHECK = 8  # bytes of SHA-256: against noise in a memory whose voltage sagged, not against people


class ClientState:
    """The ID Context (bytes; None while there is no context to resume), and the numbers used under it."""

    def __init__(self, flash, witness):
        self._flash = flash
        self._witness = witness
        self.id_context = None
        record, kept = witness.load(), flash.load()
        body = record[:-CHECK]
        if len(kept) > NUMBER and body[NUMBER:] == kept and record == _checked(body):
            self.id_context = kept[NUMBER:]
            self._sequence = SenderSequence(self._reserve, _number(body), _number(kept))

    def begin(self, id_context):
        """Forget the context before, and start this one at number 0."""
        self.id_context = id_context
        self._sequence = SenderSequence(self._reserve)

    def take(self):
        """The next sequence number, once both memories know.  ExhaustedError."""
        number = self._sequence.take()
        self._witness.store(_checked(_four(self._sequence.next) + self._record(self._sequence.limit)))
        return number

    def _reserve(self, limit):
        self._flash.store(self._record(limit))

    def _record(self, limit):
        return _four(limit) + self.id_context


def _four(number):
    return number.to_bytes(NUMBER, "big")


def _number(record):
    return int.from_bytes(record[:NUMBER], "big")


def _checked(body):
    return body + sha256(body).digest()[:CHECK]
