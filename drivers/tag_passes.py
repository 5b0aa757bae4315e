"""Makes one record of all notifications of a tag that passes a reader.

A tag that has not been heard for `gap_ms` is gone; heard again later, it passes again.
"""

from protocols.compat import ticks_diff


class TagPasses:
    """Times are ticks of protocols.compat; `limit` tags can be before the reader at once."""

    def __init__(self, gap_ms=3000, limit=32):
        self._gap_ms = gap_ms
        self._limit = limit
        self._passing = {}  # EPC -> [first_ms, last_ms, count, peak_dbm]

    def heard(self, epc, rssi_dbm, now_ms):
        """A notification.  Returns the records of passes that end by it or to make room, usually none."""
        ended = []
        entry = self._passing.get(epc)
        if entry and ticks_diff(now_ms, entry[1]) >= self._gap_ms:
            ended, entry = self.ended(now_ms), None
        if entry:
            entry[1] = now_ms
            entry[2] += 1
            entry[3] = max(entry[3], rssi_dbm)
            return ended
        if len(self._passing) == self._limit:
            ended = self._ended(now_ms, 0)
        self._passing[epc] = [now_ms, now_ms, 1, rssi_dbm]
        return ended

    def ended(self, now_ms):
        """Records of the passes that are over, each once: (EPC, first_ms, duration_ms, count, peak_dbm).

        To be asked more often than ticks wrap, a few times a minute for records that are in time.
        """
        return self._ended(now_ms, self._gap_ms)

    def _ended(self, now_ms, gap_ms):
        records = []
        for epc in list(self._passing):
            first_ms, last_ms, count, peak_dbm = self._passing[epc]
            if ticks_diff(now_ms, last_ms) >= gap_ms:
                del self._passing[epc]
                records.append((epc, first_ms, ticks_diff(last_ms, first_ms), count, peak_dbm))
        return sorted(records, key=lambda record: (ticks_diff(record[1], now_ms), record[0]))
