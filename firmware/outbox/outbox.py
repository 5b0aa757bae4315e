"""What waits to be sent, on flash: reports, events and command results, until the server has them.

What a call has taken is there after any reset, and goes out under one sequence number and with one time,
however often it has to be sent.
"""

from firmware.outbox import records
from firmware.outbox.log_state import DROPPED, EXPIRED, MAX_BOOTS, REFUSED
from firmware.outbox.record_log import CLASSES, EVENT, TELEMETRY
from firmware.outbox.records import PRODUCT_TABLE
from protocols.cbor_encoder import dumps

MAX_DETAIL = 100  # characters of a result: in any script it fits a datagram, and what the server takes
MAX_TEXT = 300  # bytes of an event's text, for the same reason
DAY_S = 86_400
EXPIRY_S = (365 * DAY_S, 90 * DAY_S, 30 * DAY_S)  # what is older is not sent, by class


class Record:
    """`kind` and `content` as in records.py; `time` is None if nobody will ever know it, and of results."""

    def __init__(self, place, sequence, kind, time, content):
        self.place = place  # in the log
        self.sequence = sequence
        self.kind = kind
        self.time = time
        self.content = content
        self.result = kind == records.RESULT  # acknowledged by any answer, not by its sequence number


class Outbox:
    """`log`: a RecordLog; `numbers`: SequenceNumbers that begin above what is in it."""

    def __init__(self, log, numbers, expiry_s=EXPIRY_S):
        self._log = log
        self._numbers = numbers
        self._expiry_s = expiry_s
        self.undated = False  # whether this boot has stored records that want a date
        self._dated = False

    def empty(self):
        return self._log.empty()

    def depth(self):
        """How many records wait; of full files that an earlier start has left, only about."""
        return 0 if self.empty() else max(1, self._log.waiting)

    def counted(self, counter):
        """One of the counters of log_state, since the log began."""
        return self._log.state.counts[counter]

    def dropped(self):
        """Records that there was no room for."""
        return sum([self.counted(DROPPED + cls) for cls in CLASSES])

    def add_report(self, time, uptime, values, cls=TELEMETRY, table=PRODUCT_TABLE):
        """Store a report; its sequence number, or None if there was no room for it.  OSError: not stored.

        time: None while the clock is not set; uptime: seconds.  values: as the table has them, each None
        without a reading, encoder.INVALID or beyond MAX_VALUE if it cannot be right.
        """
        return self._add(cls, table, time, uptime, values)

    def add_event(self, time, uptime, cls, code, data):
        """Store an event, of message_numbers, with its `data`: integers, None, short bytes, one text.

        Returns and raises as `add_report`.
        """
        return self._add(cls, records.EVENT, time, uptime, dumps([code] + [_cut(item) for item in data]))

    def add_result(self, command_id, status, detail):
        content = dumps([command_id, status, detail[:MAX_DETAIL]])
        return self._add(EVENT, records.RESULT, 0, 0, content)

    def date(self, now, uptime):
        """Give this boot's records from before the clock was set the time that it would have shown."""
        if not self.undated or self._dated:
            return
        state, boot = self._log.state, self._numbers.boot
        if not self._log.has_before(boot):
            state.boots = []
        if len(state.boots) < 2 * MAX_BOOTS:  # else they go without
            state.boots += [boot, now - uptime]
            state.save()  # before any leaves: once the server has seen a time, it does not change
        self._dated = True

    def next_batch(self, limit, now):
        """Up to `limit` Records, the most important class first, each class oldest first.

        Records that still wait for `date` are left out, and so is what comes behind them in their class.
        `now` is the time, or None: then nothing expires.
        """
        while True:
            batch = []
            expired = 0
            for cls in CLASSES:
                if len(batch) < limit:
                    expired += self._collect(cls, batch, limit, now)
            if batch or not expired:
                return batch

    def remove(self, batch):
        """What has been acknowledged goes; what was dropped meanwhile does not matter."""
        self._log.remove([record.place for record in batch])

    def refuse(self, batch):
        """What the server can make nothing of goes too, and is counted."""
        self._log.discard([record.place for record in batch], REFUSED)

    def _add(self, cls, kind, time, uptime, content):
        if time is None:
            self.undated = True
        sequence = self._numbers.take()
        body = records.encode(kind, time, self._numbers.boot, uptime, content)
        return sequence if self._log.append(cls, sequence, body) else None

    def _collect(self, cls, batch, limit, now):
        """Fill `batch` up to `limit`.  Returns how many were too old: they go, at most `limit` at a time."""
        old = []
        for place, sequence, body in self._log.records(cls):
            if len(batch) + len(old) == limit:
                break
            kind, head, content = records.decode(body)
            if len(head) == 2 and head[0] == self._numbers.boot and not self._dated:
                break
            time = self._time(head)
            if time is not None and now is not None and now - time > self._expiry_s[cls]:
                old.append(place)
            else:
                batch.append(Record(place, sequence, kind, time, content))
        if old:
            self._log.discard(old, EXPIRED + cls)
        return len(old)

    def _time(self, head):
        """When a record was taken; None if its boot ended before anybody knew, and for results."""
        if len(head) == 1:
            return head[0]
        boots = self._log.state.boots
        for i in range(0, len(boots), 2):
            if head and boots[i] == head[0]:
                return boots[i + 1] + head[1]
        return None


def _cut(item):
    while isinstance(item, str) and len(item.encode()) > MAX_TEXT:
        item = item[: len(item) * 3 // 4]
    return item
