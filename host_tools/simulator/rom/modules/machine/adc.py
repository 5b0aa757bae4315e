"""`machine.ADC` and `machine.ADCBlock`."""

import sys

from _chip import call
from _operations import ADC_FIND, ADC_MICROVOLTS, ADC_RAW

from .pin import gpio_of

_ANY = -1
_CONVERTER_BITS = 12
_LEAST_BITS = 9 if sys.implementation._machine.endswith(" ESP32") else 12


class ADCBlock:
    _blocks = {}

    def __new__(cls, id, **_options):
        return cls._blocks.get(id) or object.__new__(cls)

    def __init__(self, id, *, bits=-1):
        """id: 1 or 2."""
        if id not in self._blocks:
            if id not in (1, 2):
                raise ValueError("invalid block id")
            self._id = id
            self._bits = _CONVERTER_BITS
            self._blocks[id] = self
        self.init(bits=bits)

    def init(self, *, bits=-1):
        if bits != -1:
            if not _LEAST_BITS <= bits <= _CONVERTER_BITS:
                raise ValueError("invalid bits")
            self._bits = bits

    def connect(self, *where, **options):
        """The ADC of a channel, of a pin, or of both when they belong together."""
        if not 0 < len(where) <= 2:
            raise TypeError("connect takes a channel, a pin, or both")
        channel = where[0] if isinstance(where[0], int) else _ANY
        gpio = _ANY if isinstance(where[-1], int) else gpio_of(where[-1])
        return _adc(self._id, channel, gpio, "no matching ADC", options)

    def __repr__(self):
        return "ADCBlock(%d, bits=%d)" % (self._id, self._bits)


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    if _LEAST_BITS == 9:
        WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT = 9, 10, 11
    WIDTH_12BIT = 12

    _adcs = {}  # GPIO number -> its one object, which keeps its attenuation

    def __new__(cls, pin, **options):
        return _adc(_ANY, _ANY, gpio_of(pin), "invalid pin", options)

    def init(self, *, atten=-1):
        if atten != -1:
            self.atten(atten)

    def atten(self, atten):
        if not 0 <= atten <= 3:
            raise ValueError("invalid atten")
        self._atten = atten

    def width(self, bits):
        """Of all inputs of the block."""
        self._block.init(bits=bits)

    def block(self):
        return self._block

    def read(self):
        """As many bits as the block has."""
        return call(ADC_RAW, self._gpio, self._atten) >> (_CONVERTER_BITS - self._block._bits)

    def read_u16(self):
        raw, bits = self.read(), self._block._bits
        return raw << (16 - bits) | raw >> (2 * bits - 16)

    def read_uv(self):
        """Microvolts, calibrated, in steps of a millivolt."""
        return call(ADC_MICROVOLTS, self._gpio, self._atten)

    def __repr__(self):
        return "ADC(Pin(%d), atten=%d)" % (self._gpio, self._atten)


def _adc(block, channel, gpio, complaint, options):
    try:
        found = call(ADC_FIND, block, channel, gpio)
    except OSError:
        raise ValueError(complaint)
    gpio = found & 0xFF
    adc = ADC._adcs.get(gpio)
    if adc is None:
        adc = ADC._adcs[gpio] = object.__new__(ADC)
        adc._gpio, adc._block, adc._atten = gpio, ADCBlock(found >> 8), ADC.ATTN_0DB
    adc.init(**options)
    return adc
