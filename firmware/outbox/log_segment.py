"""One file of the log: records one behind the other, and which stretches of it are done with.

A record is its length (16 bits), its sequence number (32), the CRC-32 of these two and the body, and the
body; the least byte comes first.  After a record that cannot be read the next one is found by trying every
byte.
"""

import struct
from binascii import crc32

SIZE = 2048  # bytes of a file at most: what one append copies at most, and what is read at once
HEAD = 10  # bytes in front of a body


def frame(number, body):
    """A record as it stands in the file."""
    head = struct.pack("<HI", len(body), number)
    return head + struct.pack("<I", crc32(body, crc32(head))) + body


def scan(data, start, end):
    """Yield (start, end, number) of each record that is whole in data[start:end]; `data` is a memoryview."""
    while start + HEAD <= end:
        length, number, crc = struct.unpack_from("<HII", data, start)
        body = start + HEAD
        after = body + length
        if after <= end and crc32(data[body:after], crc32(data[start : start + 6])) == crc:
            yield start, after, number
            start = after
        else:
            start += 1


def with_span(spans, start, end):
    """`spans`, a sorted list of (start, end) that do not touch, with one more."""
    apart = []
    for span in spans:
        if span[1] < start or span[0] > end:
            apart.append(span)
        else:
            start, end = min(start, span[0]), max(end, span[1])
    apart.append((start, end))
    apart.sort()
    return apart


def without_spans(spans, size):
    """The (start, end) of what `spans` leave of `size` bytes."""
    rest, at = [], 0
    for start, end in spans:
        if start > at:
            rest.append((at, start))
        at = end
    if at < size:
        rest.append((at, size))
    return rest
