"""`machine.PWM`."""

from _operations import PWM_SET

from .pin import configured


class PWM:
    def __init__(self, dest, *, freq=5000, duty_u16=0):
        self._gpio = dest._id
        self._freq = freq
        self._duty = duty_u16
        self._apply()

    def _apply(self):
        configured(PWM_SET, self._gpio, self._freq, self._duty)

    def freq(self, value=None):
        if value is None:
            return self._freq
        self._freq = value
        self._apply()

    def duty_u16(self, value=None):
        if value is None:
            return self._duty
        if not 0 <= value <= 65535:
            raise ValueError("duty_u16 must be from 0 to 65535")
        self._duty = value
        self._apply()

    def deinit(self):
        self.duty_u16(0)
