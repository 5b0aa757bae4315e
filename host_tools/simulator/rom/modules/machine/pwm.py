"""`machine.PWM`."""

from errno import EINVAL, ENOMEM

from _chip import call
from _operations import PWM_IN_SLEEP, PWM_SET, PWM_STOP

from .pin import gpio_of
from .settings import KEEP

_FULL = 65535
_GREATEST_HZ = 40_000_000
_HALF = 32768


class PWM:
    """The resolution is 16 bits at every frequency, which is more than a chip has."""

    def __init__(self, dest, *arguments, **options):
        """dest: a Pin or its number. freq=5000, and one of duty (10 bits), duty_u16, duty_ns; else half."""
        self._gpio = gpio_of(dest)
        self._freq, self._duty, self._ns = 5000, _HALF, None
        self._invert = self._lightsleep = False
        self.init(*arguments, **options)

    def init(self, freq=KEEP, *, duty=KEEP, duty_u16=KEEP, duty_ns=KEEP, invert=None, lightsleep=None):
        if freq != KEEP:
            self._freq = _in_range(freq, 1, _GREATEST_HZ, "frequency must be from 1Hz to 40MHz")
        if invert is not None:
            self._invert = bool(invert)
        if lightsleep is not None:
            self._lightsleep = bool(lightsleep)
        if duty_u16 != KEEP:
            self._set_u16(duty_u16)
        elif duty_ns != KEEP:
            self._set_ns(duty_ns)
        elif duty != KEEP:
            self._set_u10(duty)
        self._apply()

    def _apply(self):
        if self._ns is not None:
            self._duty = min(_FULL, self._ns * self._freq * 65536 // 1_000_000_000)
        shown = _FULL - self._duty if self._invert else self._duty
        try:
            call(PWM_SET, self._gpio, self._freq, shown)
        except OSError as error:
            if error.errno == EINVAL:
                raise OSError(-0x102, "ESP_ERR_INVALID_ARG")
            raise RuntimeError("out of PWM " + ("channels" if error.errno == ENOMEM else "timers"))
        call(PWM_IN_SLEEP, self._gpio, self._lightsleep)

    def _active(self):
        if self._freq is None:
            raise RuntimeError("PWM is inactive")

    def _set_u16(self, value):
        self._duty = _in_range(value, 0, _FULL, "duty_u16 must be from 0 to 65535")
        self._ns = None

    def _set_u10(self, value):
        _in_range(value, 0, 1023, "duty must be from 0 to 1023")
        self._duty = _FULL if value == 1023 else value << 6
        self._ns = None

    def _set_ns(self, value):
        period = 1_000_000_000 // self._freq
        self._ns = _in_range(value, 0, period, "duty_ns must be from 0 to %d ns" % period)

    def freq(self, value=None):
        self._active()
        if value is None:
            return self._freq
        self.init(value)

    def duty(self, value=None):
        self._active()
        if value is None:
            return self._duty >> 6
        self._set_u10(value)
        self._apply()

    def duty_u16(self, value=None):
        self._active()
        if value is None:
            return self._duty
        self._set_u16(value)
        self._apply()

    def duty_ns(self, value=None):
        self._active()
        if value is None:
            return self._duty * 1_000_000_000 // (self._freq * 65536)
        self._set_ns(value)
        self._apply()

    def deinit(self):
        call(PWM_STOP, self._gpio)
        self._freq = None

    def __repr__(self):
        if self._freq is None:
            return "PWM(Pin(%d))" % self._gpio
        return "PWM(Pin(%d), freq=%d, duty_u16=%d)" % (self._gpio, self._freq, self._duty)


def _in_range(value, least, most, complaint):
    if not least <= value <= most:
        raise ValueError(complaint)
    return value
