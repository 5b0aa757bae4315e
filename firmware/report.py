"""The uplink message: reports and command results as one CBOR map with integer keys.

The downlink comes back in the acknowledging response.  docs/messages.md describes both.
"""

import board

from protocols import cbor
from protocols.errors import DecodeError
from protocols.message_numbers import COMMANDS, REPORTS, RESULTS, SCHEMA_ID, SERVER_TIME

MAX_PAYLOAD = 440  # bytes: with CoAP's header and path still one datagram of the modem's 512
OVERHEAD = 16  # bytes that are neither report nor result: heads of the map and of two arrays, keys, schema
MAX_INTEGER = 1 << 30  # all integers on the wire are smaller


def encode(reports, results, most):
    """(payload, reports in it, results in it): as many as one datagram holds, but at most `most`.

    Results go first, then reports, each oldest first.  Without either, the message asks for the time.
    """
    results, room = _fitting(results[:most], list, MAX_PAYLOAD - OVERHEAD)
    reports, _ = _fitting(reports[: most - len(results)], _row, room)
    message = {SCHEMA_ID: board.SCHEMA_ID}
    if reports:
        message[REPORTS] = [_row(record) for record in reports]
    if results:
        message[RESULTS] = [list(result) for result in results]
    return cbor.dumps(message), reports, results


def decode_downlink(payload):
    """(server's time, list of [id, deadline, name, arguments]).  Raises DecodeError."""
    message = cbor.loads(payload)
    if not isinstance(message, dict):
        raise DecodeError("a downlink is a map")
    time, commands = message.get(SERVER_TIME), message.get(COMMANDS, [])
    if not _is_uint(time):
        raise DecodeError("a downlink without the time")
    if not isinstance(commands, list) or not all(_is_command(item) for item in commands):
        raise DecodeError("not a list of commands")
    return time, commands


def _fitting(items, row, room):
    """The first `items` whose rows fit into `room` bytes, and what is left of it."""
    for count, item in enumerate(items):
        size = len(cbor.dumps(row(item)))
        if size > room:
            return items[:count], 0
        room -= size
    return items, room


def _row(record):
    return [record.sequence, record.time, record.values]


def _is_uint(item):
    return type(item) is int and 0 < item < MAX_INTEGER


def _is_command(item):
    return (
        isinstance(item, list)
        and len(item) == 4
        and _is_uint(item[0])
        and _is_uint(item[1])
        and isinstance(item[2], str)
        and isinstance(item[3], list)
    )
