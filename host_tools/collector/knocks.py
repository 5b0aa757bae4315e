"""Knocks: nodes that listen are asked to fetch a command, instead of waiting for their next report."""

from collections.abc import Hashable, Iterable

from protocols.knock import knock

AGAIN_S = 15  # datagrams get lost
TRIES = 3  # then the node does not listen, or its address is no longer its own


class Knocks:
    """Knows from where each node was heard last; times are seconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._sources: dict[str, Hashable] = {}
        self._tried: dict[str, tuple[int, float]] = {}  # how often, and when last
        self._message_id = 0

    def heard(self, node: str, source: Hashable) -> None:
        """A message of that node, as its keys prove, came from there: what waits goes with the answer."""
        self._sources[node] = source
        self._tried.pop(node, None)

    def due(self, waiting: Iterable[str], now_s: float) -> list[tuple[bytes, Hashable]]:
        """(datagram, where to) for nodes of `waiting`, for whom there is something new."""
        return [self._knock(node, now_s) for node in waiting if self._is_due(node, now_s)]

    def _is_due(self, node: str, now_s: float) -> bool:
        tries, last_s = self._tried.get(node, (0, now_s - AGAIN_S))
        return node in self._sources and tries < TRIES and now_s - last_s >= AGAIN_S

    def _knock(self, node: str, now_s: float) -> tuple[bytes, Hashable]:
        self._tried[node] = (self._tried.get(node, (0, 0.0))[0] + 1, now_s)
        self._message_id = (self._message_id + 1) & 0xFFFF
        return knock(self._message_id), self._sources[node]
