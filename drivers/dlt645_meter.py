"""A three-phase electricity meter on a DL/T 645-2007 line (annex A of the standard, data identifiers).

Identifiers that end in FF00 are blocks: all phases of a quantity in one answer, the total first where
there is one.
"""

from protocols.dlt645 import ANY_METER, bcd, signed_bcd
from protocols.errors import BusError, DecodeError

VOLTAGES, CURRENTS, POWERS, POWER_FACTORS = 0x0201FF00, 0x0202FF00, 0x0203FF00, 0x0206FF00
FORWARD_ENERGY = 0x00010000
PHASES = "abc"


class Dlt645Meter:
    """`master` is a Dlt645Master; `address` the twelve digits on the meter's plate.

    Without an address it is the one meter on the line.
    """

    def __init__(self, master, address=ANY_METER):
        self._master = master
        self._address = address

    async def read(self):
        """Per phase (a, b, c) `voltage_a_mv`, `current_a_ma`, `power_a_mw`; of all `power_mw`,
        `power_factor_permil` and the forward active `energy_wh`.

        Currents and powers are signed.  Raises as Dlt645Master.read_data; BusError too for an answer that
        has other than three phases.
        """
        fields = {}
        try:
            await self._phases(fields, "voltage_%s_mv", VOLTAGES, 2, 100, bcd)  # XXX.X V
            await self._phases(fields, "current_%s_ma", CURRENTS, 3, 1, signed_bcd)  # XXX.XXX A
            total = await self._phases(fields, "power_%s_mw", POWERS, 3, 100, signed_bcd)  # XX.XXXX kW
            fields["power_mw"] = 100 * signed_bcd(total)
            factors = await self._block(POWER_FACTORS, 8)  # X.XXX, the total first
            fields["power_factor_permil"] = signed_bcd(factors[:2])
            fields["energy_wh"] = 10 * bcd(await self._block(FORWARD_ENERGY, 4))  # XXXXXX.XX kWh
        except DecodeError as error:
            raise BusError("dlt645 meter %s: %s" % (self._address, error))
        return fields

    async def _phases(self, fields, name, identifier, size, step, number):
        """Adds the last three numbers of a block to `fields`; returns what stands before them."""
        totals = size if identifier == POWERS else 0
        data = await self._block(identifier, totals + size * len(PHASES))
        for i in range(len(PHASES)):
            at = totals + i * size
            fields[name % PHASES[i]] = step * number(data[at : at + size])
        return data[:totals]

    async def _block(self, identifier, length):
        data = await self._master.read_data(self._address, identifier)
        if len(data) != length:
            raise DecodeError(f"{len(data)} bytes of {identifier:08x}, not {length}")
        return data
