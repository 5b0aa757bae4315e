"""Records as the bodies of the log: bytes, and integers as varints.

A varint is seven bits a byte, the lowest first, the highest bit set in all but the last.  A record is its
kind, and, but for results, its time (or the boot and the uptime at which it was taken).  Then a report has
each value: 0 for none, 1 for an invalid one, otherwise 2v + 2 for v >= 0 and 1 - 2v for v < 0; an event
[code, data…] and a result [command id, status, detail] are as they will be sent, in CBOR.
"""

from protocols.report.encoder import ABSENT, INVALID
from protocols.report.layout import MAX_VALUE

PRODUCT_TABLE, HEALTH_TABLE, EVENT, RESULT = range(4)  # kinds: reports of the two tables, and the others
UNDATED = 4  # is added to the kind while the clock is not set


def encode(kind, time, boot, uptime, content):
    """`time` is None while the clock is not set; `content` are values, integers or None, or CBOR."""
    body = bytearray([kind if time is not None or kind == RESULT else kind + UNDATED])
    if kind == RESULT:
        return body + content
    if time is None:
        _put(body, boot)
    _put(body, uptime if time is None else time)
    if kind == EVENT:
        return body + content
    for value in content:
        if value is None:
            body.append(0)
        elif abs(value) > MAX_VALUE:  # INVALID is
            body.append(1)
        else:
            _put(body, 2 * value + 2 if value >= 0 else 1 - 2 * value)
    return body


def decode(body):
    """(kind, head, content): head is [time], [boot, uptime] or []; values may be ABSENT or INVALID."""
    kind = body[0] % UNDATED
    head = []
    at = 1
    while len(head) < (0 if kind == RESULT else 1 + body[0] // UNDATED):
        number, at = _take(body, at)
        head.append(number)
    if kind >= EVENT:
        return kind, head, bytes(body[at:])
    values = []
    while at < len(body):
        code, at = _take(body, at)
        if code < 2:
            values.append(INVALID if code else ABSENT)
        else:
            values.append(-(code >> 1) if code & 1 else (code >> 1) - 1)
    return kind, head, values


def _put(body, number):
    while number > 0x7F:
        body.append(number & 0x7F | 0x80)
        number >>= 7
    body.append(number)


def _take(body, at):
    number = shift = 0
    while True:
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at
