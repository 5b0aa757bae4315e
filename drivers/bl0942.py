"""Belling BL0942 energy meter on its UART, 4800 8N1 (datasheet V1.06).

One command fetches all measurements in a packet.  A reading multiplies 24-bit counts by scales that
do not fit 31 bits: that allocates a few integers, which at one reading every some seconds is cheaper
than losing digits.
"""

from protocols.errors import BusError, DecodeError

READ_COMMAND = 0x58  # the low two bits are the part's address
FULL_PACKET = 0xAA
HEAD = b"\x55"
PACKET_LENGTH = 23
REPLY_MS = 150  # 4 ms request, 10 ms pause, 48 ms packet; the rest is for a busy board
ATTEMPTS = 2

# Positions in the packet; all numbers have their low byte first.
I_RMS, V_RMS, WATT, CF_CNT, FREQ = 1, 4, 10, 13, 16

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

    `bus` has `write(data)`, `async read(count, timeout_ms)` and `discard()`.  The default scale is
    the datasheet's example: 1 mΩ, and five times 390 kΩ over 510 Ω.
    """

    def __init__(self, bus, address=0, shunt_uohm=1000, upper_ohm=1_950_000, lower_ohm=510):
        if not 0 <= address <= 3:
            raise ValueError(f"BL0942 address {address} is not 0 to 3")
        self._bus = bus
        self._request = bytes((READ_COMMAND | address, FULL_PACKET))
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
        if the part stays silent, or its packets are broken, in every attempt.
        """
        packet = await self._fetch()
        self._count_energy(_unsigned(packet, CF_CNT))
        watt = _unsigned(packet, WATT)
        if watt & 0x800000:
            watt -= 0x1000000
        period = packet[FREQ] | packet[FREQ + 1] << 8
        return {
            "voltage_mv": _scaled(_unsigned(packet, V_RMS), self._mv),
            "current_ma": _scaled(_unsigned(packet, I_RMS), self._ma),
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

    async def _fetch(self):
        for _ in range(ATTEMPTS):
            try:
                return await self._exchange()
            except DecodeError as error:
                reason = str(error)
        raise BusError("BL0942: " + reason)

    async def _exchange(self):
        """One request and the packet that answers it, found behind up to a packet's length of noise."""
        self._bus.discard()
        self._bus.write(self._request)
        packet = b""
        for _ in range(PACKET_LENGTH):
            packet += await self._bus.read(PACKET_LENGTH - len(packet), REPLY_MS)
            if len(packet) < PACKET_LENGTH:
                raise DecodeError(f"no valid packet, {len(packet)} bytes left over")
            if packet[:1] == HEAD and self._is_sound(packet):
                return packet
            next_head = packet.find(HEAD, 1)
            packet = packet[next_head:] if next_head > 0 else b""
        raise DecodeError("noise on the line")

    def _is_sound(self, packet):
        """The checksum is the inverted sum of the command byte and of the packet before it."""
        return ~(self._request[0] + sum(packet[:-1])) & 0xFF == packet[-1]


def _unsigned(packet, position):
    return packet[position] | packet[position + 1] << 8 | packet[position + 2] << 16


def _scaled(counts, scale):
    """`counts` times the fraction `scale`, rounded to the nearest integer."""
    return (2 * counts * scale[0] + scale[1]) // (2 * scale[1])
