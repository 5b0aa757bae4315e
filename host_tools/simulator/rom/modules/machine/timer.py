"""`machine.Timer`: the chip's timers by number, and software timers, each with the id -1."""

from _chip import call, handlers
from _operations import TIMER_CHECK, TIMER_ONE_SHOT, TIMER_PERIODIC, TIMER_STOP, TIMER_VALUE

_FIRST, _FIRST_SOFTWARE = 64, 128  # interrupt sources, as the chip numbers them
_timers = {}  # id of a hardware timer -> its one object, as on the port


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    _next_software = _FIRST_SOFTWARE

    def __new__(cls, id=-1, **_options):
        return _timers.get(id) or object.__new__(cls)

    def __init__(self, id=-1, **options):
        if id not in _timers:
            self._open(id)
        if options:
            self.init(**options)

    def _open(self, id):
        self._id = id
        self._mode = self._period_us = 0
        if id == -1:
            self._source = Timer._next_software
            Timer._next_software += 1
            return
        self._source = _FIRST + id
        try:
            call(TIMER_CHECK, self._source)
        except OSError:
            raise ValueError("invalid Timer number")
        _timers[id] = self

    def init(self, *, mode=PERIODIC, callback=None, period=0xFFFFFFFF, tick_hz=1000, freq=None, hard=False):
        """Start it: `callback(timer)` after `period` ticks of `tick_hz` (ms), or `freq` times a second.

        The simulator's chip/interrupts.py says how soon the callback runs.
        """
        if hard:
            raise ValueError("hard Timers are not implemented")
        self._mode = mode
        self._period_us = int(1_000_000 / freq) if freq else period * 1_000_000 // tick_hz
        if self._period_us <= 0:
            raise ValueError("period too small")
        handlers[self._source] = (callback or _ignore, self)
        start = TIMER_PERIODIC if mode else TIMER_ONE_SHOT
        call(start, self._source, self._period_us >> 30, self._period_us & 0x3FFFFFFF)

    def deinit(self):
        call(TIMER_STOP, self._source)

    def value(self):
        """Milliseconds of the period that runs."""
        return call(TIMER_VALUE, self._source)

    def __repr__(self):
        mode = "PERIODIC" if self._mode else "ONE_SHOT"
        return "Timer(%d, mode=%s, period=%d)" % (self._id, mode, self._period_us // 1000)


def _ignore(_timer):
    pass
