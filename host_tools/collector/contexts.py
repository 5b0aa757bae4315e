"""The nodes' OSCORE contexts, in the collector's database (see `protocols.oscore.server.Server`)."""

from host_tools.collector.store import Store
from protocols.message_numbers import COLLECTOR_ID
from protocols.oscore.context import Credentials


class Contexts:
    """A state is durable when `store` returns: the database commits with every call."""

    def __init__(self, store: Store):
        self._store = store

    def credentials(self, kid: bytes) -> Credentials | None:
        node = self._store.node_of_kid(kid)
        return node and Credentials(node.master_secret, node.master_salt, COLLECTOR_ID, kid)

    def load(self, kid: bytes) -> bytes:
        return self._store.oscore_state(kid)

    def store(self, kid: bytes, state: bytes) -> None:
        self._store.keep_oscore_state(kid, state)
