"""What reports take on the air: packed, and beside it the same data in other formats.

The data is a fixed trace of a lamp's day, tests/vectors/lamp_trace.json, described there.  `make bench`
prints the table; a test holds the limits.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cbor2

from host_tools.collector.payload import encode_downlink
from host_tools.points import Point, PointTable
from host_tools.senml_reports import report_to_senml
from protocols import cbor, senml
from protocols.message_numbers import REPORTS
from protocols.report.encoder import ReportEncoder

TRACE = Path(__file__).parent.parent.parent / "tests/vectors/lamp_trace.json"
BATCH = 12
LARGEST = 4096  # bytes, of any packed message of the trace
IP_UDP_HEADERS = 20 + 8  # IPv4 without options

Row = Sequence[int]
Format = Callable[[PointTable, Sequence[Row]], bytes]


@dataclass(frozen=True)
class Size:
    """Bytes of payload per report over the trace: mean and largest, sent singly and in batches of 12."""

    name: str
    single_mean: float
    single_most: float
    batch_mean: float
    batch_most: float


@dataclass(frozen=True)
class NodeDay:
    """IP bytes of one node in a day, headers of IP and UDP included."""

    up: int
    down: int


def load_trace() -> tuple[PointTable, list[list[int]]]:
    """The trace's point table, and its reports as rows of sequence, time and values."""
    trace = json.loads(TRACE.read_text(encoding="utf-8"))
    points = [
        Point(p["name"], "lamp", p["name"], p["path"], p["unit"], p["scale"], 1, "telemetry", "telemetry")
        for p in trace["points"]
    ]
    return PointTable("lamp_trace", points), trace["rows"]


def packed(table: PointTable, rows: Sequence[Row]) -> bytes:
    buffer = bytearray(LARGEST)
    end = ReportEncoder(table.schema_id, len(table.points)).encode_into(buffer, 0, rows, len(rows))
    return cbor.dumps({REPORTS: bytes(buffer[:end])})


def as_json(table: PointTable, rows: Sequence[Row]) -> bytes:
    return _json(_named(table, rows))


def as_cbor(table: PointTable, rows: Sequence[Row]) -> bytes:
    """With text keys; numbers in the shortest form that keeps them."""
    return cbor2.dumps(_named(table, rows), canonical=True)


def as_senml_json(table: PointTable, rows: Sequence[Row]) -> bytes:
    return _json(senml.decode(as_senml_cbor(table, rows)))


def as_senml_cbor(table: PointTable, rows: Sequence[Row]) -> bytes:
    """SenML has no sequence number, and names its node, which the others leave to the transport."""
    return senml.encode(report_to_senml(table, rows, "urn:dev:ops:32473-7a31:"))


FORMATS: dict[str, Format] = {
    "packed": packed,
    "JSON": as_json,
    "SenML-JSON": as_senml_json,
    "SenML-CBOR": as_senml_cbor,
    "CBOR with text keys": as_cbor,
}


def deflated(data: bytes) -> bytes:
    """Raw DEFLATE (RFC 1951), as small as zlib makes it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


def sizes() -> list[Size]:
    """Every format, and each of them deflated."""
    table, rows = load_trace()
    formats = dict(FORMATS)
    for name, encode in FORMATS.items():
        formats[f"{name}, deflated"] = lambda t, r, encode=encode: deflated(encode(t, r))
    return [_size(name, encode, table, rows) for name, encode in formats.items()]


def node_day(batch: int, uplink_overhead: int, downlink_overhead: int) -> NodeDay:
    """The trace's day, sent in messages of `batch` reports, none of which is lost.

    The overheads are what CoAP and OSCORE add to a payload, in bytes.
    """
    table, rows = load_trace()
    up = down = 0
    for part in _batches(rows, batch):
        answer = encode_downlink(part[-1][1], acknowledged=[row[0] for row in part])
        up += IP_UDP_HEADERS + uplink_overhead + len(packed(table, part))
        down += IP_UDP_HEADERS + downlink_overhead + len(answer)
    return NodeDay(up, down)


def _size(name: str, encode: Format, table: PointTable, rows: list[list[int]]) -> Size:
    single = [len(encode(table, [row])) for row in rows]
    batch = [len(encode(table, part)) / BATCH for part in _batches(rows, BATCH)]
    return Size(name, sum(single) / len(single), max(single), sum(batch) / len(batch), max(batch))


def _batches(rows: list[list[int]], size: int) -> list[list[list[int]]]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def _named(table: PointTable, rows: Sequence[Row]) -> object:
    reports = [{"seq": row[0], "time": row[1], **table.decode(row[2:])} for row in rows]
    return reports if len(reports) > 1 else reports[0]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
