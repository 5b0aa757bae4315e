"""`machine.ADC`."""

from _chip import call
from _operations import ADC_CHECK, ADC_MICROVOLTS, ADC_U16

from .pin import Pin


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3

    def __init__(self, pin, *, atten=ATTN_0DB):
        self._gpio = pin._id if isinstance(pin, Pin) else pin
        try:
            call(ADC_CHECK, self._gpio)
        except OSError:
            raise ValueError("invalid pin")
        self.atten(atten)

    def atten(self, atten):
        if not 0 <= atten <= 3:
            raise ValueError("invalid atten")
        self._atten = atten

    def read_u16(self):
        return call(ADC_U16, self._gpio, self._atten)

    def read(self):
        """The 12 bits of the converter."""
        return self.read_u16() >> 4

    def read_uv(self):
        """Microvolts, calibrated, in steps of a millivolt."""
        return call(ADC_MICROVOLTS, self._gpio, self._atten)
