"""Belling BL0942 energy meter (datasheet V1.06): what its counts mean, on whichever bus it is.

A reading multiplies 24-bit counts by scales that do not fit 31 bits: that allocates a few integers,
which at one reading every some seconds is cheaper than losing digits.
"""

READ = 0x58  # begins each request; its low two bits are the part's address on a UART
ATTEMPTS = 2

# I_RMS = 305978 I / Vref, V_RMS = 73989 V / Vref, WATT = 3537 I V cos(phi) / Vref^2, with the voltages
# I and V at the part's inputs in mV and Vref in V.
I_RMS_SCALE, V_RMS_SCALE, WATT_SCALE = 305978, 73989, 3537
VREF_MV = 1218
CF_WATT_TENTHS_S = 16384 * 256  # tenths of a second that one count of CF_CNT takes when WATT is 1
CF_CNT_SPAN = 1 << 24
CF_CNT_STEP = 1 << 20  # 200 kWh: more than any two readings are apart
TENTHS_MJ_PER_WH = 36_000_000
FREQ_CLOCK_MILLIHERTZ = 1_000_000_000  # FREQ counts microseconds per period


class BL0942:
    """A meter with a shunt in the neutral and the mains over a divider of `upper_ohm` and `lower_ohm`.

    The default scale is the datasheet's example: 1 mΩ, and five times 390 kΩ over 510 Ω.  A subclass is
    the meter on one kind of bus: its `async _counts()` returns the registers I_RMS, V_RMS, WATT, CF_CNT
    and FREQ as they are.
    """

    def __init__(self, shunt_uohm=1000, upper_ohm=1_950_000, lower_ohm=510):
        # Each scale is a fraction, so that every result is rounded once.
        divider = upper_ohm + lower_ohm
        self._ma = (VREF_MV * 1000, I_RMS_SCALE * shunt_uohm)
        self._mv = (VREF_MV * divider, V_RMS_SCALE * 1000 * lower_ohm)
        self._mw = (VREF_MV * VREF_MV * divider, WATT_SCALE * 1000 * shunt_uohm * lower_ohm)
        self._wh = (CF_WATT_TENTHS_S * self._mw[0], TENTHS_MJ_PER_WH * self._mw[1])
        self._cf_cnt = 0  # the part's counter as last seen
        self._cf_total = 0  # the same without its wraps

    async def read(self):
        """`voltage_mv`, `current_ma`, `power_mw` (signed), `frequency_mhz` (millihertz), `energy_wh`.

        The energy counts from the part's power-on, also over resets of the node.  Raises BusError
        if the part stays silent, or its answers are broken, in every attempt.
        """
        i_rms, v_rms, watt, cf_cnt, period = await self._counts()
        self._count_energy(cf_cnt)
        if watt & 0x800000:
            watt -= 0x1000000
        return {
            "voltage_mv": _scaled(v_rms, self._mv),
            "current_ma": _scaled(i_rms, self._ma),
            "power_mw": _scaled(watt, self._mw),
            "energy_wh": self._cf_total * self._wh[0] // self._wh[1],
            "frequency_mhz": FREQ_CLOCK_MILLIHERTZ // period if period else 0,
        }

    def _count_energy(self, cf_cnt):
        """Follow the 24-bit counter over its wrap, which comes after about 3 MWh.

        A longer step than CF_CNT_STEP is no wrap: the part lost power and has counted from 0 again.
        """
        counts = (cf_cnt - self._cf_cnt) % CF_CNT_SPAN
        self._cf_total += counts if counts < CF_CNT_STEP else cf_cnt
        self._cf_cnt = cf_cnt


def checksum(data):
    """The last byte of each answer: the inverted sum of the request and of the answer before it."""
    return ~sum(data) & 0xFF


def _scaled(counts, scale):
    """`counts` times the fraction `scale`, rounded to the nearest integer."""
    return (2 * counts * scale[0] + scale[1]) // (2 * scale[1])
