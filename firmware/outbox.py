"""What waits to be sent: reports and command results, in RAM for now.

Full, it drops the oldest report and counts it; results are few and never dropped.
"""

CAPACITY = 200  # reports: over three hours of a smart pole out of coverage
MAX_DETAIL = 100  # characters of a result: in any script it fits a datagram, and what the server takes


class Record:
    """One report; `time` is None while the clock is not set, then `uptime` tells when it was taken."""

    def __init__(self, sequence, time, uptime, values):
        self.sequence = sequence
        self.time = time
        self.uptime = uptime
        self.values = values


class Outbox:
    """`dropped` counts reports that there was no room for, `refused` what the server would not take."""

    def __init__(self):
        self.reports = []
        self.results = []  # (command id, status, detail)
        self.dropped = 0
        self.refused = 0
        self._sequence = 0

    def empty(self):
        return not (self.reports or self.results)

    def add_report(self, time, uptime, values):
        if len(self.reports) >= CAPACITY:
            self.reports.pop(0)
            self.dropped += 1
        self.reports.append(Record(self._sequence, time, uptime, values))
        self._sequence += 1

    def add_result(self, command_id, status, detail):
        self.results.append((command_id, status, detail[:MAX_DETAIL]))

    def date(self, now, uptime):
        """Give the reports that were taken before the clock was set the time that it would have shown."""
        for record in self.reports:
            if record.time is None:
                record.time = now - (uptime - record.uptime)

    def dated(self):
        """The reports that may leave: a report's time does not change once the server may have seen it."""
        return [record for record in self.reports if record.time is not None]

    def remove(self, reports, results):
        """What has been acknowledged goes; what came meanwhile, or was dropped meanwhile, does not matter."""
        self.reports = [r for r in self.reports if r not in reports]
        self.results = [r for r in self.results if r not in results]

    def refuse(self, reports, results):
        """What the server can make nothing of goes too, and is counted."""
        self.remove(reports, results)
        self.refused += len(reports) + len(results)
