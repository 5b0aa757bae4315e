"""The collector without sockets: datagrams of nodes in, datagrams for nodes out.

Resource `POST /up` under OSCORE, application/cbor both ways: the messages are in `payload.py`.  What goes
wrong is answered with the CoAP code for it and a few words; nothing a node sends raises.  On a bench,
nodes that were provisioned without protection may use `POST /up/<node>`.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from host_tools.collector.contexts import Contexts
from host_tools.collector.knocks import Knocks
from host_tools.collector.payload import (
    EPOCH_UNIX_S,
    Configuration,
    Datum,
    Report,
    Uplink,
    Value,
    decode_uplink,
    encode_downlink,
    fitting,
)
from host_tools.collector.store import Node, Store, StoredEvent, StoredReport
from host_tools.cryptolib import aes
from host_tools.points import Reading
from protocols.coap.block_server import BLOCK_OPTIONS, Blockwise
from protocols.coap.message import Message, uint_value
from protocols.coap.numbers import (
    ACCEPT,
    APPLICATION_CBOR,
    BAD_REQUEST,
    CHANGED,
    CONTENT_FORMAT,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    OSCORE,
    POST,
    UNAUTHORIZED,
    UNSUPPORTED_CONTENT_FORMAT,
    dotted,
)
from protocols.coap.server import Later, Server
from protocols.errors import DecodeError
from protocols.oscore import server as oscore
from protocols.oscore.gate import Gate

log = logging.getLogger(__name__)

MAX_DIAGNOSTIC = 64  # characters

Response = tuple[int, bytes, list[tuple[int, bytes]]]  # code, payload, options
CBOR = [(CONTENT_FORMAT, uint_value(APPLICATION_CBOR))]


class Schema(Protocol):
    """The table of a product's points, which turns a report's integers into readings."""

    product: str

    def decode(self, values: list[Value]) -> dict[str, Reading]:
        """Readings by point name; ValueError if `values` do not fit the table."""
        ...


@dataclass(frozen=True)
class DecodedReport:
    """A report as people want it.

    `time` is when the node took it, or if `clock_set` is False when it was received; `points` is None
    while its schema is not known.
    """

    node: str
    schema_id: int
    seq: int
    time: datetime
    clock_set: bool
    points: dict[str, Reading] | None
    health: bool = False  # of the health table, not of the product's


@dataclass(frozen=True)
class DecodedEvent:
    """An event, with `time` and `clock_set` as in a report.

    `code` and `data` are as they came: host_tools/events.py has words for them.  `schema_id` is that of the
    node's points at the time.
    """

    node: str
    schema_id: int
    seq: int
    time: datetime
    clock_set: bool
    code: int
    data: list[Datum]


class RefusedError(Exception):
    """A request that is answered with a CoAP error: code, and a few words for the node's log."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code = code
        self.reason = reason[:MAX_DIAGNOSTIC]


def decode_report(report: StoredReport, schemas: Mapping[int, Schema]) -> DecodedReport:
    """Read a stored report with the schemas known today.  ValueError: its values do not fit."""
    schema = schemas.get(report.schema_id)
    return DecodedReport(
        report.node,
        report.schema_id,
        report.seq,
        *_when(report),
        schema.decode(report.values) if schema else None,
        report.health,
    )


def decode_event(event: StoredEvent, schema_id: int) -> DecodedEvent:
    return DecodedEvent(event.node, schema_id, event.seq, *_when(event), event.code, event.data)


def _when(stored: StoredReport | StoredEvent) -> tuple[datetime, bool]:
    """The time, and whether the node knew it."""
    seconds = stored.received if stored.time is None else stored.time
    return datetime.fromtimestamp(seconds, UTC), stored.time is not None


class Collector:
    """Takes uplinks into `store` and answers them with waiting commands.

    `now` gives Unix seconds.  `plaintext`: let in nodes without protection, if they were provisioned so.
    Each function in `on_report` (of the product's table), `on_health` and `on_event` is called with every new
    DecodedReport or DecodedEvent once it is stored.  `counts` says what became of the datagrams and of what
    was in them.
    """

    def __init__(
        self,
        store: Store,
        schemas: Mapping[int, Schema],
        now: Callable[[], float],
        plaintext: bool = False,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ):
        self.on_report: list[Callable[[DecodedReport], None]] = []
        self.on_health: list[Callable[[DecodedReport], None]] = []
        self.on_event: list[Callable[[DecodedEvent], None]] = []
        self.counts: Counter[str] = Counter()
        self._store = store
        self._schemas = schemas
        self._now = now
        self._plaintext = plaintext
        self._knocks = Knocks()
        self._source: Hashable = None  # of the datagram that is being taken
        self._contexts = oscore.Server(aes, Contexts(store), random_bytes)
        self._gate = Gate(self._contexts, self._from_kid, self._refused)
        self._server = Server(
            Blockwise(self._enter).handle,
            self._refused,
            int.from_bytes(random_bytes(2), "big"),
            understood=(OSCORE, *BLOCK_OPTIONS),
        )

    def close(self) -> None:
        """Keep what spares the nodes a round trip when the collector is back."""
        self._contexts.close()

    def datagram(self, data: bytes, source: Hashable) -> list[bytes]:
        """Take one datagram; returns those to send back to its source.

        Raises only what the database raises (disk full, locked for too long); the node then gets no
        answer, and sends again.
        """
        self._source = source
        reply = self._server.receive(data, source, int(self._now() * 1000))
        return [] if reply is None else [reply]

    def knocks(self) -> list[tuple[bytes, Hashable]]:
        """Datagrams, and where to send them, for nodes that should come and fetch a new command.

        To be asked every second or so.
        """
        return self._knocks.due(self._store.nodes_with_news(int(self._now())), self._now())

    def _enter(self, request: Message, source: Hashable, now_ms: int) -> Response | Later:
        if self._plaintext and not request.values(OSCORE):
            return self._from_path(request, source)
        return self._gate.handle(request, source, now_ms)

    def _from_kid(self, request: Message, kid: bytes, _now_ms: int) -> Response:
        """Of a node whose keys prove who it is."""
        return self._handle(request, self._store.node_of_kid(kid), kid.hex(), path=["up"])

    def _from_path(self, request: Message, source: Hashable) -> Response:
        """Of a node that says who it is."""
        try:
            name = request.path()[-1:]
        except DecodeError as error:
            return self._refusal(source, RefusedError(BAD_REQUEST, str(error)))
        node = self._store.node(*name) if name else None
        if node and node.kid:
            return self._refusal(source, RefusedError(UNAUTHORIZED, "this node has keys: use them"))
        return self._handle(request, node, source, path=["up", *name])

    def _handle(self, request: Message, node: Node | None, source: Hashable, path: list) -> Response:
        try:
            self._check_request(request, node, path)
            uplink = decode_uplink(request.payload)
            self._check_values(uplink.schema_id, uplink.reports)
            self._check_values(uplink.health_schema_id, uplink.health)
        except RefusedError as refusal:
            return self._refusal(source, refusal)
        except DecodeError as error:
            return self._refusal(source, RefusedError(BAD_REQUEST, str(error)))
        self._knocks.heard(node.name, self._source)
        downlink, reports, events = self._take(node, uplink)
        for report in reports:
            decoded = decode_report(report, self._schemas)
            self._publish(self.on_health if report.health else self.on_report, decoded)
        for event in events:
            self._publish(self.on_event, event)
        return CHANGED, downlink, CBOR

    @staticmethod
    def _check_request(request: Message, node: Node | None, path: list) -> None:
        if node is None:
            raise RefusedError(NOT_FOUND, "node not provisioned here")
        if request.path() != path:
            raise RefusedError(NOT_FOUND, "no such path")
        if request.code != POST:
            raise RefusedError(METHOD_NOT_ALLOWED, "only POST")
        if request.content_format() != APPLICATION_CBOR:
            raise RefusedError(UNSUPPORTED_CONTENT_FORMAT, "only application/cbor")
        if request.uint(ACCEPT) not in (None, APPLICATION_CBOR):
            raise RefusedError(NOT_ACCEPTABLE, "only application/cbor")

    def _check_values(self, schema_id: int | None, reports: list[Report]) -> None:
        schema = self._schemas.get(schema_id)
        if schema is None:
            return
        for report in reports:
            try:
                schema.decode(report.values)
            except ValueError as error:
                raise RefusedError(BAD_REQUEST, f"schema {schema_id}: {error}") from error

    def _take(self, node: Node, uplink: Uplink) -> tuple[bytes, list[StoredReport], list[DecodedEvent]]:
        """Store an uplink as one transaction; returns the answer, and the reports and events that are new."""
        now = int(self._now())
        server_time = now - EPOCH_UNIX_S
        name = node.name
        acknowledged = [item.seq for item in (*uplink.reports, *uplink.health, *uplink.events)]
        with self._store.transaction():
            self._store.seen(name, now, uplink.configuration)
            reports = [
                *(self._store.add_report(name, uplink.schema_id, report, now) for report in uplink.reports),
                *(
                    self._store.add_report(name, uplink.health_schema_id, report, now, health=True)
                    for report in uplink.health
                ),
            ]
            events = [self._store.add_event(name, event, now) for event in uplink.events]
            finished = [self._store.finish_command(name, result, now) for result in uplink.results]
            schema_id = self._store.schema_in_use(name)
            commands = fitting(server_time, self._store.waiting_commands(name, now), acknowledged)
            for command in commands:
                self._store.mark_sent(command, now)
        new_reports = [report for report in reports if report]
        new_events = [decode_event(event, schema_id) for event in events if event]
        self.counts["uplinks"] += 1
        self.counts["reports"] += len(new_reports)
        self.counts["repeated reports"] += len(reports) - len(new_reports)
        self.counts["events"] += len(new_events)
        self.counts["repeated events"] += len(events) - len(new_events)
        self.counts["results"] += sum(finished)
        self.counts["repeated or unknown results"] += finished.count(False)
        wanted = self._missing(node, uplink.configuration)
        return encode_downlink(server_time, commands, acknowledged, wanted), new_reports, new_events

    def _missing(self, node: Node, reported: int | None) -> Configuration | None:
        """The configuration that the node should have and, as far as it says, neither has nor refused."""
        wanted = node.configuration
        if wanted is None or reported in (None, wanted.version):
            return None
        return None if self._store.refusal(node.name, wanted.version) else wanted

    @staticmethod
    def _publish(listeners: list[Callable], item: DecodedReport | DecodedEvent) -> None:
        for listener in listeners:
            try:
                listener(item)
            except Exception:  # it is stored: a listener's trouble is not the node's
                log.exception("listener failed on number %s of %s", item.seq, item.node)

    def _refusal(self, source: Hashable, refusal: RefusedError) -> Response:
        self._refused(source, f"{dotted(refusal.code)} {refusal.reason}")
        return refusal.code, refusal.reason.encode(), []

    def _refused(self, source: Hashable, reason: str) -> None:
        self.counts["refused"] += 1
        log.info("refused a datagram of %s: %s", source, reason)
