"""Packed reports as a node sends them, for tests of what receives them."""

from protocols.report.decoder import INVALID as READ_INVALID
from protocols.report.encoder import ABSENT, INVALID, ReportEncoder

IN_PLACE = {None: ABSENT, READ_INVALID: INVALID}


def packed(rows, schema_id=7):
    """Rows as the decoder gives them: [sequence, time, values…], with None and "invalid"."""
    rows = [[IN_PLACE.get(item, item) for item in row] for row in rows]
    buffer = bytearray(8 + 5 * sum(map(len, rows)))
    end = ReportEncoder(schema_id, len(rows[0]) - 2).encode_into(buffer, 0, rows, len(rows))
    return bytes(buffer[:end])
