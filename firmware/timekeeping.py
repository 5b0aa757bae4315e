"""The node's time: whom to believe, how far the clock drifts, and what to make of times from before.

Times are integers, seconds since 2020-01-01 UTC.  The chip's clock starts at a negative one when power comes
on, and runs through resets and sleep: a negative time says "not synchronised", and once it is, how long
before that it was.
"""

START = -631_152_000  # 2000-01-01, where an ESP32's clock starts

UNKNOWN, KEPT, NETWORK, SERVER = range(4)  # sources, the later the better; KEPT: it ran through a reset

TOLERANCE_S = 2  # the network's round trip makes smaller corrections meaningless
JUMP_S = 900  # what differs by more has to be said twice
AGREE_S = 60  # two such times do, if they differ by no more
RANK_S = 86400  # for so long a source is not overruled by a worse one
END = 1 << 30  # of the wire's time, in 2054

# A drift is measured over a day, or over an hour if it stands out from the tolerance.
DRIFT_S = 86400
SHORT_DRIFT_S = 3600
CLEAR_S = 20
MAX_DRIFT_PPM = 20_000  # an ESP32's RC oscillator in deep sleep; what is more is no drift


class Timekeeper:
    """rtc: `read()` gives the chip's clock, `write(time)` sets it.

    not_before: no time is earlier; a date shortly before the firmware was built.  kept: what `kept` was
    before sleep or a reset, or None.
    """

    def __init__(self, rtc, not_before, kept=None):
        self._rtc = rtc
        self._not_before = not_before
        self._doubtful = None  # time - clock, of a jump that was said once
        clock = rtc.read()
        self.source, self.drift_ppm, self._synchronised = KEPT, 0, clock
        if not self._plausible(clock):
            self.source = UNKNOWN
            if clock >= 0:
                rtc.write(START)
        elif kept:
            self.source, self.drift_ppm, self._synchronised = kept
        self._heard = self._synchronised  # the clock when `source` last spoke

    @property
    def kept(self):
        """What has to survive a reset, three integers: source, drift in ppm, clock at synchronisation."""
        return self.source, self.drift_ppm, self._synchronised

    def now(self):
        """The time, corrected for drift; None while it is not known."""
        return self.stamp() if self.source else None

    def stamp(self):
        """The time, or a negative number while it is not known."""
        clock = self._rtc.read()
        return clock + (clock - self._synchronised) * self.drift_ppm // 1_000_000

    def synchronise(self, time, source):
        """Take a time from NETWORK or SERVER.  (old, new) if that set the clock, otherwise None.

        `old` is as `stamp` gave it.
        Times that cannot be are not taken; nor is a jump before a second time has said the same; nor a
        worse source's word within a day of a better one's.
        """
        clock, old = self._rtc.read(), self.stamp()
        if not self._plausible(time) or self._overruled(source, clock):
            return None
        if self.source > KEPT and abs(time - old) > JUMP_S and not self._confirmed(time - clock):
            return None
        self._doubtful = None
        self._measure_drift(time, clock)
        self.source, self._heard = source, clock
        if abs(time - old) <= TOLERANCE_S:
            return None
        self._rtc.write(time)
        self._synchronised = self._heard = time
        return old, time

    def _plausible(self, time):
        return self._not_before <= time < END

    def _overruled(self, source, clock):
        return source < self.source and clock - self._heard < RANK_S

    def _confirmed(self, difference):
        before, self._doubtful = self._doubtful, difference
        return before is not None and abs(difference - before) <= AGREE_S

    def _measure_drift(self, time, clock):
        """The clock against the time, both since the last synchronisation, which set them equal."""
        elapsed, gained = clock - self._synchronised, time - clock
        if self.source < NETWORK or abs(gained) > JUMP_S:
            return
        if elapsed >= DRIFT_S or (elapsed >= SHORT_DRIFT_S and abs(gained) >= CLEAR_S):
            drift_ppm = gained * 1_000_000 // elapsed
            if abs(drift_ppm) <= MAX_DRIFT_PPM:
                self.drift_ppm = drift_ppm
