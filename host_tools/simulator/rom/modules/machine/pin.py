"""`machine.Pin`."""

from errno import ENODEV

from _chip import call, handlers
from _operations import PIN_IRQ, PIN_MODE, PIN_READ, PIN_WRITE


def configured(operation, gpio, a, b):
    try:
        call(operation, gpio, a, b)
    except OSError as error:
        raise ValueError("invalid pin" if error.errno == ENODEV else "pin can only be input")


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


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    _pins = {}  # GPIO number -> its one object, as on the port

    def __new__(cls, id, *_args, **_options):
        if isinstance(id, Pin):
            return id
        return cls._pins.get(id) or object.__new__(cls)

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        is_new = not isinstance(id, Pin) and id not in self._pins
        if is_new:
            self._id = id
            self._irq = _Irq(self)
        self.init(mode, pull, value=value)
        if is_new:  # and the chip has it
            self._pins[id] = self

    def init(self, mode=-1, pull=-1, *, value=None):
        if value is not None:
            call(PIN_WRITE, self._id, int(bool(value)))  # before it becomes an output: no glitch
        configured(PIN_MODE, self._id, mode, pull)

    def value(self, level=None):
        if level is None:
            return call(PIN_READ, self._id)
        call(PIN_WRITE, self._id, int(bool(level)))

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING):
        """Call `handler(pin)` at these edges; None stops it. Without arguments nothing changes.

        The handler runs at the end of the program's next call to the chip: at once while it sleeps or
        idles, after the transfer during a UART or I2C one, never in a loop that makes no call
        (`time.ticks_ms` is none).
        """
        irq = self._irq
        irq.handler = handler
        handlers[self._id] = (handler, self)
        irq.trigger(trigger)
        return irq

    def __repr__(self):
        return "Pin(%d)" % self._id
