"""The outbox opened, and who writes into it: what a wake that has nothing to say does without."""

from esp32 import NVS

from firmware import crash
from firmware.clock import Clock
from firmware.kept import NAMESPACE
from firmware.outbox.outbox import Outbox
from firmware.outbox.record_log import EVENT, RecordLog
from firmware.outbox.sequence_numbers import SequenceNumbers
from firmware.outbox_wear import OutboxWear
from firmware.recorder import Recorder
from protocols.message_numbers import CRASH

FOLDER, FILES = "/outbox", 256  # a megabyte of flash, and weeks out of coverage


class Store:
    """`clock`, `wear`, `numbers`, `outbox` and its `recorder`.  A crash before becomes its first event."""

    def __init__(self, uptime, offer, log, boot=-1, undated=False, numbers=(-1, -1)):
        """offer: the recorder's.

        boot, undated: of the outbox, where this is a wake from sleep: what was stored in the wakes before
        still wants the same date.  numbers: SequenceNumbers.kept of the sleep before.
        """
        self.clock = Clock()
        self.wear = OutboxWear()
        records = RecordLog(FOLDER, FILES, open=self.wear.open)
        self.numbers = SequenceNumbers(NVS(NAMESPACE), records.last + 1, numbers)
        first = self.numbers.boot
        if boot >= 0:
            self.numbers.boot = boot
        self.outbox = Outbox(records, self.numbers)
        self.outbox.undated = undated
        self.recorder = Recorder(self.outbox, self.clock, uptime, log)
        self.recorder.offer = offer
        tell = self.recorder.event
        crash.tell(first, records.last, lambda text: tell(EVENT, CRASH, (text,)))
