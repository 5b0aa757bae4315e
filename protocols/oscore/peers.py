"""What a server knows about each of its clients, and what of it outlives the server's process.

Contexts are stored when they change, the limit of the sequence numbers in steps (Appendix B.1.1), the
replay window only by `Peer.park`, at an orderly end.  It is taken out of storage again as soon as it is
loaded, so a server that crashes finds none, and recovers it with Echo (Appendix B.1.2).
"""

from protocols.cbor import dumps, loads
from protocols.oscore.context import Context
from protocols.oscore.hkdf import hmac_sha256
from protocols.oscore.replay import ReplayWindow
from protocols.oscore.sequence import SenderSequence

SEED_SIZE = 8  # bytes of S2 (Appendix B.2.1)
PROOF_SIZE = 8  # bytes of its HMAC
R2_SIZE = SEED_SIZE + PROOF_SIZE
ECHO_SIZE = 8


def initial_state(id_context):
    """The stored state of a client whose context is fixed from the start: ID Context bytes, or None.

    To be stored once in the life of the keys; the usual client has no state until Appendix B.2 makes it.
    """
    return _state(id_context, 0, ReplayWindow())


class Peer:
    """One client: its context and window (None: there is none, or it is not known).

    `store(state)` keeps bytes durably, or raises; `state` is what it kept last, b"" at first.
    """

    def __init__(self, aes, credentials, random_bytes, state, store):
        self.context = None
        self.window = None
        self.sequence = None
        self.echo = random_bytes(ECHO_SIZE)  # whoever knows it has heard from this process
        self.renew = False  # the next request is answered with response #1
        self._aes = aes
        self._credentials = credentials
        self._random_bytes = random_bytes
        self._store = store
        self._r2_key = None
        if state:
            id_context, limit, window = loads(state)
            self.context = self.derive(id_context)
            self.sequence = SenderSequence(self._reserve, limit, limit)
            if window:
                self._reserve(limit)
                self.window = ReplayWindow(*window)

    def derive(self, id_context):
        return Context(self._aes, self._credentials, id_context)

    def adopt(self, context):
        """Take a context into use that no message was sent under yet; the one before is gone."""
        self._store(_state(context.id_context, 0, None))
        self.context = context
        self.window = ReplayWindow()
        self.sequence = SenderSequence(self._reserve)
        self.renew = False
        self._r2_key = None  # so what remains of the run, and of others, cannot be used again

    def park(self):
        """Store the window as well; the peer must not be used any more."""
        if self.context and self.window:
            self._store(_state(self.context.id_context, self.sequence.limit, self.window))

    def new_r2(self):
        """A random string that `is_r2` knows until a context was adopted, without a list of them."""
        if self._r2_key is None:
            self._r2_key = self._random_bytes(32)
        seed = self._random_bytes(SEED_SIZE)
        return seed + self._proof(seed)

    def is_r2(self, r2):
        return self._r2_key is not None and r2[SEED_SIZE:] == self._proof(r2[:SEED_SIZE])

    def _proof(self, seed):
        return hmac_sha256(self._r2_key, seed)[:PROOF_SIZE]

    def _reserve(self, limit):
        self._store(_state(self.context.id_context, limit, None))


def _state(id_context, limit, window):
    return dumps([id_context, limit, window and [window.top, window.seen]])
