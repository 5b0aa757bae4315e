"""A sonde in the water, measured seldom.

Its switch is an output that is held over a sleep, as pins of the chip's always-on domain are.
"""

from firmware.kept import QUALITY_SLOT
from firmware.seldom import Seldom


class WaterQuality(Seldom):
    """`switch`: the pin of the sonde's supply, on while it is high."""

    FIELDS = "oxygen_ppb", "turbidity_mntu", "conductivity_uspcm", "acidity_centiph", "temperature_mdegc"
    WARM_UP_S = 60

    def __init__(self, switch, sonde, **settings):
        self._pin = switch
        super().__init__((sonde,), QUALITY_SLOT, **settings)

    def _switch(self, is_on):
        self._pin.init(self._pin.OUT, value=is_on, hold=is_on)
