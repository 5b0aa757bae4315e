"""Reports and command results as the bodies of log records: bytes, and integers as varints.

A varint is seven bits a byte, the lowest first, the highest bit set in all but the last.  A report is its
kind, its time (or the boot and the uptime at which it was taken), then each value: 0 for none, otherwise
2v + 1 for v >= 0 and -2v for v < 0.  A result is its kind, the command's id, the status, and the detail.
"""

DATED, UNDATED, RESULT = range(3)


def encode_report(time, boot, uptime, values):
    """`time` is None while the clock is not set; values are integers or None."""
    body = bytearray([UNDATED if time is None else DATED])
    if time is None:
        _put(body, boot)
    _put(body, uptime if time is None else time)
    for value in values:
        _put(body, 0 if value is None else 2 * value + 1 if value >= 0 else -2 * value)
    return body


def encode_result(command_id, status, detail):
    body = bytearray([RESULT])
    _put(body, command_id)
    _put(body, status)
    return body + detail.encode()


def decode(body):
    """(kind, numbers, detail): [time], [boot, uptime] or [command id, status]; then values or the text."""
    numbers = []
    at = 1
    kind = body[0]
    while at < len(body) and (kind != RESULT or len(numbers) < 2):
        number, at = _take(body, at)
        numbers.append(number)
    if kind == RESULT:
        return kind, numbers, str(bytes(body[at:]), "utf-8")
    head = 1 + kind
    values = [None if n == 0 else n >> 1 if n & 1 else -(n >> 1) for n in numbers[head:]]
    return kind, numbers[:head], values


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
