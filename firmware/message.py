"""The uplink message: what of the outbox's records one datagram holds, as one CBOR map (docs/messages.md)."""

import board

from firmware.outbox.records import EVENT, RESULT
from protocols.cbor_writer import Writer
from protocols.errors import EncodeError
from protocols.message_numbers import EVENTS, HEALTH, IN_USE, REPORTS, RESULTS
from protocols.report.encoder import ABSENT, ReportEncoder

MAX_PAYLOAD = 440  # bytes: with CoAP's header and path still one datagram of the modem's 512
MAX_ITEMS = 23  # results, or events, in a message: as many as an array's head of one byte can say
HEADS = 4  # bytes before packed reports: the key, and at most three of a byte string's head

_tables = (  # by the kind of their reports
    (REPORTS, ReportEncoder(board.SCHEMA_ID, len(board.POINTS))),
    (HEALTH, ReportEncoder(board.HEALTH_SCHEMA_ID, board.HEALTH)),
)
_buffer = memoryview(bytearray(MAX_PAYLOAD))


def encode(records, configuration_version):
    """(payload, records in it) of the outbox's `records`: as many as one datagram holds.

    Results go first, then events, then reports.  Without any record, the message asks for the time.
    """
    writer = Writer(_buffer, 1)
    writer.int(IN_USE)
    writer.int(configuration_version)
    pairs = 1
    sent = []
    for key, kind, put in ((RESULTS, RESULT, _put_result), (EVENTS, EVENT, _put_event)):
        items = _put_items(writer, key, put, [record for record in records if record.kind == kind])
        pairs += bool(items)
        sent += items
    for kind, (key, encoder) in enumerate(_tables):
        reports = _put_reports(writer, key, encoder, [record for record in records if record.kind == kind])
        pairs += bool(reports)
        sent += reports
    _buffer[0] = 0xA0 | pairs  # the head of a map
    return bytes(_buffer[: writer.position]), sent


def _put_items(writer, key, put, records):
    """Write an array of as many of the first records as there is room for; returns those."""
    start = position = writer.position
    count = 0
    try:
        writer.int(key)
        writer.array(0)
        for record in records[:MAX_ITEMS]:
            position = writer.position
            put(writer, record)
            count += 1
    except EncodeError:  # it is full
        writer.position = position
    if count:
        _buffer[start + 1] |= count
    else:
        writer.position = start
    return records[:count]


def _put_result(writer, record):
    writer.raw(record.content)


def _put_event(writer, record):
    """Its content is an array, to which the number and the time are added in front."""
    writer.array((record.content[0] & 0x1F) + 2)
    writer.int(record.sequence)
    if record.time is None:
        writer.null()
    else:
        writer.int(record.time)
    writer.raw(memoryview(record.content)[1:])


def _put_reports(writer, key, encoder, records):
    """Write as many of the first reports as there is room for; returns those.

    If not all fit, three quarters are tried, and so on.
    """
    rows = [[r.sequence, ABSENT if r.time is None else r.time] + r.content for r in records]
    count = len(rows)
    start = writer.position + HEADS
    while count:
        try:
            end = encoder.encode_into(_buffer, start, rows, count)
        except EncodeError:
            count = count * 3 // 4
            continue
        writer.int(key)
        writer.bytes(_buffer[start:end])  # which moves them to where they belong
        break
    return records[:count]
