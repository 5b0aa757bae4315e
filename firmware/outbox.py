"""What waits to be sent, on flash: reports and command results, until the server has them.

What a call has taken is there after any reset, and goes out under one sequence number and with one time,
however often it has to be sent.
"""

from firmware import outbox_records
from firmware.log_state import DROPPED, EXPIRED, MAX_BOOTS, REFUSED
from firmware.outbox_records import DATED, RESULT, UNDATED
from firmware.record_log import CLASSES, EVENT, TELEMETRY

MAX_DETAIL = 100  # characters of a result: in any script it fits a datagram, and what the server takes
DAY_S = 86_400
EXPIRY_S = (365 * DAY_S, 90 * DAY_S, 30 * DAY_S)  # a report older than that is not sent, by class


class Record:
    """A report, with `time` None if nobody will ever know it, or a `result`: (command id, status, detail)."""

    def __init__(self, place, sequence, time, values, result):
        self.place = place  # in the log
        self.sequence = sequence
        self.time = time
        self.values = values
        self.result = result


class Outbox:
    """`log`: a RecordLog; `numbers`: SequenceNumbers that begin above what is in it."""

    def __init__(self, log, numbers, expiry_s=EXPIRY_S):
        self._log = log
        self._numbers = numbers
        self._expiry_s = expiry_s
        self._undated = False  # whether this boot has stored reports that want a date
        self._dated = False

    def empty(self):
        return self._log.empty()

    def counted(self, counter):
        """One of the counters of log_state, since the log began."""
        return self._log.state.counts[counter]

    def dropped(self):
        """Records that there was no room for."""
        return sum([self.counted(DROPPED + cls) for cls in CLASSES])

    def add_report(self, time, uptime, values, cls=TELEMETRY):
        """Store a report; its sequence number, or None if there was no room for it.  OSError: not stored."""
        if time is None:
            self._undated = True
        return self._add(cls, outbox_records.encode_report(time, self._numbers.boot, uptime, values))

    def add_result(self, command_id, status, detail):
        return self._add(EVENT, outbox_records.encode_result(command_id, status, detail[:MAX_DETAIL]))

    def date(self, now, uptime):
        """Give this boot's reports from before the clock was set the time that it would have shown."""
        if not self._undated or self._dated:
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

        Reports that still wait for `date` are left out, and so is what comes behind them in their class.
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

    def remove(self, records):
        """What has been acknowledged goes; what was dropped meanwhile does not matter."""
        self._log.remove([record.place for record in records])

    def refuse(self, records):
        """What the server can make nothing of goes too, and is counted."""
        self._log.discard([record.place for record in records], REFUSED)

    def _add(self, cls, body):
        sequence = self._numbers.take()
        return sequence if self._log.append(cls, sequence, body) else None

    def _collect(self, cls, batch, limit, now):
        """Fill `batch` up to `limit`.  Returns how many were too old: they go, at most `limit` at a time."""
        old = []
        for place, sequence, body in self._log.records(cls):
            if len(batch) + len(old) == limit:
                break
            kind, head, rest = outbox_records.decode(body)
            if kind == RESULT:
                batch.append(Record(place, sequence, None, None, (head[0], head[1], rest)))
                continue
            if kind == UNDATED and head[0] == self._numbers.boot and not self._dated:
                break
            time = self._time(kind, head)
            if time is not None and now is not None and now - time > self._expiry_s[cls]:
                old.append(place)
            else:
                batch.append(Record(place, sequence, time, rest, None))
        if old:
            self._log.discard(old, EXPIRED + cls)
        return len(old)

    def _time(self, kind, head):
        """When a report was taken; None if its boot ended before anybody knew."""
        if kind == DATED:
            return head[0]
        boots = self._log.state.boots
        for i in range(0, len(boots), 2):
            if boots[i] == head[0]:
                return boots[i + 1] + head[1]
        return None
