"""When a node that sleeps has to wake, and what for: the few numbers that it keeps in the RTC's memory.

All times are seconds since power came on, by the chip's clock, which runs on in deep sleep.
"""

import struct

LAYOUT = "<iiiiiiiiiiiiiHBB"
NEVER = 0x7FFFFFFF
EARLY_S = 30  # what is due so soon is done in the same wake
DIPPED_S = 300  # until parts are read again that perhaps broke the cell's voltage down
SLACK_S = 1  # but a sample out of turn not sooner than the clock is coarse
STRETCH = 4  # the periods of a node whose cell is low
FIRST_RETRY_S, LONGEST_RETRY_S = 300, 21_600
URGENT_RETRY_S, URGENT_FAILURES = 3600, 16  # of an alarm, for half a day: that is worth its charge
FAILURES_BEFORE = 3  # so many at most, of what was less urgent, make an alarm's first pauses longer


class WakePlan:
    """What is due: `sample_at`, `report_at`, `health_at`, and `send_at` (NEVER: nothing waits).

    `again_at`: a part has asked for a sample out of turn (NEVER: none has).

    `periods` are (sample_s, report_s, send_s, health_s), `configured`: the server has changed something.
    `low`: the cell is, so that all periods are `stretch` times as long; alarms leave as ever.
    `urgent`: an alarm waits.
    `started` is what the chip's clock showed at the beginning of the count.  `left_out` has a bit for each
    GPIO that must not wake the chip, as it was high already.  `boot` and `undated` are the outbox's.
    """

    def __init__(self, kept, periods, clock):
        """kept: `kept` of the sleep before, b"" if there was none; then `periods` hold and `clock` is now."""
        if len(kept) != struct.calcsize(LAYOUT):
            kept = struct.pack(LAYOUT, clock, 0, 0, 0, NEVER, 0, -1, 0, NEVER, *(periods + (0, 0, 0)))
        numbers = struct.unpack(LAYOUT, kept)
        self.started, self.sample_at, self.report_at, self.health_at, self.send_at = numbers[:5]
        self.sent_at, self.boot, self.left_out, self.again_at = numbers[5:9]
        self.periods = numbers[9:13]
        self.wakes, self.failures, flags = numbers[13:]
        self.undated, self.configured = bool(flags & 1), bool(flags & 2)
        self.low, self.urgent = bool(flags & 4), bool(flags & 8)

    @property
    def kept(self):
        head = self.started, self.sample_at, self.report_at, self.health_at, self.send_at
        flags = self.undated | self.configured << 1 | self.low << 2 | self.urgent << 3
        tail = self.wakes & 0xFFFF, self.failures, flags
        middle = self.sent_at, self.boot, self.left_out, self.again_at
        return struct.pack(LAYOUT, *(head + middle + self.periods + tail))

    def restart(self, now):
        """After a start that was no wake: a report, and out with it."""
        self.sample_at = self.report_at = self.send_at = now

    def sample_is_due(self, now):
        return due(self.sample_at, now) or self.again_at <= now + SLACK_S

    def sampled(self, now, again_s):
        """The next sample is counted from when this one was due, not from when it was taken.

        again_s: so long after this one a part wants one out of turn, whatever was before; None: none does.
        """
        is_again = self.again_at <= now + SLACK_S
        due_at = self.again_at if is_again else self.sample_at if due(self.sample_at, now) else now
        self.again_at = NEVER
        if again_s is not None:
            self.again_at = due_at + again_s if due_at + again_s > now else now + again_s
        self.sample_at = _after(self.sample_at, self._period_s(0), now)

    def sample_again(self, at, again_s):
        """A part wants a sample out of turn, so many seconds after `at`; None: it does not."""
        if again_s is not None:
            self.again_at = min(self.again_at, at + again_s)

    def reported(self, now):
        self.report_at = _after(self.report_at, self._period_s(1), now)

    def told_health(self, now):
        self.health_at = _after(self.health_at, self._period_s(3), now)

    def stored(self, now, urgent, send_s=None):
        """A record waits.  While the server cannot be reached, only urgent ones hasten the next attempt.

        send_s: how long at most, where a part wants it out sooner.
        """
        wait_s = self._period_s(2)
        if send_s is not None:
            wait_s = min(send_s, wait_s)
        if urgent:
            if not self.urgent:
                self.failures = min(self.failures, FAILURES_BEFORE)
            self.urgent = True
            self.send_at = self.health_at = now  # which says where the node is, and how well it hears
        elif not self.failures:
            self.send_at = min(self.send_at, max(now, self.sent_at + wait_s))

    def delivered(self, woken_at):
        """All is with the server.  The next company is counted from the wake, as the reports are."""
        self.sent_at = woken_at
        self.send_at = NEVER
        self.failures, self.urgent = 0, False

    def failed(self, now, chance):
        """The next attempt comes after a pause that doubles.

        chance: 0 to 1023, at random, so that a street that lost its network does not come back in one second.
        """
        hurries = self.urgent and self.failures < URGENT_FAILURES
        longest_s = URGENT_RETRY_S if hurries else LONGEST_RETRY_S
        pause_s = min(FIRST_RETRY_S << min(self.failures, 10), longest_s)
        self.failures = min(self.failures + 1, 255)
        self.send_at = now + pause_s // 2 + (chance * (pause_s // 2) >> 10)

    def broke_down(self, now, chance):
        """The cell's voltage did.  Returns whether that was in a turn of the radio, which has failed then."""
        in_turn = due(self.send_at, now)
        if in_turn:
            self.failed(now, chance)
        self.sampled(now, DIPPED_S)
        return in_turn

    def configure(self, periods, configured, now):
        self.periods, self.configured = periods, configured
        self.sample_at = min(self.sample_at, now + self._period_s(0))
        self.report_at = min(self.report_at, now + self._period_s(1))

    @property
    def stretch(self):
        return STRETCH if self.low else 1

    def _period_s(self, which):
        return self.periods[which] * self.stretch

    def sleep_s(self, now):
        return max(1, min(self.sample_at, self.again_at, self.send_at) - now)


def due(at, now):
    return at <= now + EARLY_S


def _after(at, period_s, now):
    """The first of the times `at`, `at + period_s`, … that is not due."""
    return at + period_s * max(0, (now + EARLY_S - at) // period_s + 1)
