"""Puts reports and events into the outbox with the time at which they were taken, and wakes the uplink."""

from firmware.outbox.record_log import ALARM, EVENT, TELEMETRY
from firmware.outbox.records import PRODUCT_TABLE
from protocols.message_numbers import MODEM


class Recorder:
    """`offer(urgent)`, once it is set, is told of each record.  Methods return whether it was stored."""

    offer = None

    def __init__(self, outbox, clock, uptime, log):
        self._outbox = outbox
        self._clock = clock
        self._uptime = uptime
        self._log = log

    def report(self, values, cls=TELEMETRY, table=PRODUCT_TABLE):
        return self._store(cls, self._outbox.add_report, 0, values, cls, table)

    def event(self, cls, code, data, ago_s=0):
        """Something happened, `ago_s` seconds ago."""
        return self._store(cls, self._outbox.add_event, ago_s, cls, code, data)

    def modem_event(self, name, text):
        """As a Modem's `on_event`: all is for the log, what somebody has to see to is an event as well."""
        self._log("modem: %s %s" % (name, text))
        if name in ("granted", "sim"):
            self.event(EVENT, MODEM, (name, text))

    def _store(self, cls, add, ago_s, *what):
        now, number = self._clock.now(), None
        try:
            number = add(None if now is None else now - ago_s, self._uptime.seconds() - ago_s, *what)
        except OSError as error:  # worn flash, say: the node has more to do than this record
            self._log("outbox: a record is lost: %s" % error)
        if self.offer:
            self.offer(cls == ALARM)
        return number is not None
