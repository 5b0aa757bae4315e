"""`machine.Signal`: a pin that is on when something is, whatever its level then."""

from .pin import Pin


class Signal:
    def __init__(self, pin, *arguments, invert=False, **options):
        """pin: a Pin, or with the arguments after it what makes one."""
        self._pin = Pin(pin, *arguments, **options)
        self._invert = bool(invert)

    def value(self, on=None):
        if on is None:
            return self._pin.value() ^ self._invert
        self._pin.value(bool(on) ^ self._invert)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
