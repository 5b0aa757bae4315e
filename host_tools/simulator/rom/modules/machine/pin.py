"""`machine.Pin`."""

from errno import ENODEV

from _chip import call, handlers
from _operations import (
    PIN_HOLD,
    PIN_IRQ,
    PIN_MODE,
    PIN_READ,
    PIN_REGISTER,
    PIN_WRITE,
)

from . import wake as _wake
from .settings import KEEP


class _Irq:
    """What `Pin.irq` returns; calling it runs the handler."""

    def __init__(self, pin):
        self._pin = pin
        self.handler = None
        self._trigger = 0

    def __call__(self):
        self.handler(self._pin)

    def trigger(self, trigger=None):
        """The edges that fire; `trigger` sets others. Returns what was set before."""
        before = self._trigger
        if trigger is not None:
            self._trigger = trigger
            call(PIN_IRQ, self._pin._id, trigger if self.handler else 0)
        return before

    def init(self, handler=None, trigger=3, wake=None):
        if trigger in (Pin.WAKE_LOW, Pin.WAKE_HIGH):
            self._wake(trigger, wake)
            return
        if _wake.ext0_pin == self._pin._id:
            _wake.watch(_wake.EXT0, (), 0)
        self.handler = handler
        handlers[self._pin._id] = (handler, self._pin)
        self.trigger(trigger)

    def _wake(self, trigger, kinds):
        """The level ends a sleep; `kinds`: machine.SLEEP, machine.DEEPSLEEP or both."""
        if kinds is None:
            # A chip takes this, calls the handler without end, and dies of its interrupt watchdog.
            raise ValueError("level triggers need wake=")
        if not isinstance(kinds, int) or not 2 <= kinds <= 7:
            raise ValueError("bad wake value")
        if _wake.ext0_pin not in (None, self._pin._id):
            raise ValueError("no resources")
        try:
            _wake.watch(_wake.EXT0, (self._pin._id,), trigger == Pin.WAKE_HIGH, kinds)
        except OSError:
            raise ValueError("invalid pin for wake")


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    WAKE_LOW, WAKE_HIGH = 4, 5
    DRIVE_0, DRIVE_1, DRIVE_2, DRIVE_3 = 0, 1, 2, 3

    _pins = {}  # GPIO number -> its one object, as on the port

    def __new__(cls, id, *_args, **_options):
        if isinstance(id, Pin):
            return id
        return cls._pins.get(id) or object.__new__(cls)

    def __init__(self, id, *arguments, **options):
        if not isinstance(id, Pin) and id not in self._pins:
            if not isinstance(id, int):
                raise ValueError("invalid pin")
            self._id = id
            self._irq = _Irq(self)
            self._configure(KEEP, KEEP)
            self._pins[id] = self  # the chip has it
        if arguments or options:
            self.init(*arguments, **options)

    def init(self, mode=None, pull=KEEP, *, value=None, drive=None, hold=None):
        """Change what is given. pull=None: no pull. `drive` makes no difference here.

        hold: True keeps an output's level, over resets and deep sleep too (see `release_outputs` in
        the simulator's chip/pins.py); False lets it take what was set meanwhile.
        """
        if value is not None:
            self.value(value)  # before it becomes an output: no glitch
        self._configure(KEEP if mode is None else mode, 0 if pull is None else pull)
        if hold is not None:
            call(PIN_HOLD, self._id, int(bool(hold)))

    def _configure(self, mode, pull):
        try:
            call(PIN_MODE, self._id, mode, pull)
        except OSError as error:
            raise ValueError("invalid pin" if error.errno == ENODEV else "pin can only be input")

    def value(self, level=None):
        if level is None:
            return call(PIN_READ, self._id)
        call(PIN_WRITE, self._id, int(bool(level)))

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not call(PIN_REGISTER, self._id))

    def irq(self, *arguments, **options):
        """irq(handler=None, trigger=IRQ_RISING | IRQ_FALLING, wake=None)

        Call `handler(pin)` at these edges; None stops it. With a level for trigger and `wake`, the pin ends
        a sleep instead. Without arguments nothing changes. The simulator's chip/interrupts.py says how soon
        a handler runs.
        """
        if arguments or options:
            self._irq.init(*arguments, **options)
        return self._irq

    def __repr__(self):
        return "Pin(%d)" % self._id


def gpio_of(pin):
    """The number of a Pin, or of one that is given by number; ValueError for none."""
    return Pin(pin)._id
