"""The uplink message: packed reports and command results as one CBOR map (docs/messages.md)."""

import board

from protocols.cbor_encoder import dumps
from protocols.errors import EncodeError
from protocols.message_numbers import REPORTS, RESULTS
from protocols.report.encoder import ABSENT, INVALID, ReportEncoder
from protocols.report.layout import MAX_VALUE

MAX_PAYLOAD = 440  # bytes: with CoAP's header and path still one datagram of the modem's 512
OVERHEAD = 9  # bytes that are neither report nor result: heads of map, string and array, two keys

_encoder = ReportEncoder(board.SCHEMA_ID, len(board.POINTS))
_buffer = memoryview(bytearray(MAX_PAYLOAD))


def encode(records):
    """(payload, reports in it, results in it) of the outbox's `records`: as many as one datagram holds.

    Results go first.  Without any record, the message asks for the time.
    """
    results, room = _fitting([record for record in records if record.result], MAX_PAYLOAD - OVERHEAD)
    reports = [record for record in records if not record.result]
    message = {}
    count, end = _pack([_row(record) for record in reports], room)
    if count:
        message[REPORTS] = bytes(_buffer[:end])
    if results:
        message[RESULTS] = [list(record.result) for record in results]
    return dumps(message), reports[:count], results


def _fitting(results, room):
    """The first `results` that fit into `room` bytes, and what is left of it."""
    for count, record in enumerate(results):
        size = len(dumps(list(record.result)))
        if size > room:
            return results[:count], 0
        room -= size
    return results, room


def _pack(rows, room):
    """(how many rows, bytes that they take): if not all fit, three quarters are tried, and so on."""
    count = len(rows)
    while count:
        try:
            return count, _encoder.encode_into(_buffer[:room], 0, rows, count)
        except EncodeError:
            count = count * 3 // 4
    return 0, 0


def _row(record):
    time = ABSENT if record.time is None else record.time  # nobody will ever know it
    return [record.sequence, time] + [_value(value) for value in record.values]


def _value(value):
    if value is None:
        return ABSENT
    return value if abs(value) <= MAX_VALUE else INVALID
