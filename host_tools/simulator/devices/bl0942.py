"""BL0942 energy meter in the lamp's supply: its registers (Belling datasheet V1.06).

Modelled: writing behind the lock, the 24-bit pulse counter with its wrap and its clearing by reads,
soft reset, and the baud rates of MODE.  Measurements are those of the moment, where the part averages
over 400 ms.  Not modelled: waveforms, over-current and no-load detection, offset and gain settings
(kept when written, without effect).
"""

from host_tools.simulator.buses import Part
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.world import World

I_RMS, V_RMS, I_FAST_RMS, WATT, CF_CNT, FREQ, STATUS = 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09
SETTINGS = range(0x11, 0x1C)
MODE, RESET, USR_WRPROT = 0x19, 0x1C, 0x1D

MODE_DEFAULT = 0x87
MODE_CLEAR_CF = 0x40
MODE_BAUDRATE = {0x200: 19200, 0x300: 38400}  # else the strap pin decides
MODE_BAUDRATE_MASK = 0x300
UNLOCK = 0x55
RESET_KEY = 0x5A5A5A

READ, WRITE = 0x58, 0xA8  # the first byte of a command

VREF_V = 1.218
CF_SECONDS = 1638.4 * 256  # of one pulse when WATT is 1
MAX_COUNT = 0xFFFFFF


class Bl0942(Part):
    """The meter; the lamp's current flows through its shunt, the mains is behind its divider.

    A subclass is the meter with its interface strapped to UART or SPI.
    """

    def __init__(
        self,
        world: World,
        shunt_mohm: float = 1.0,
        upper_ohm: float = 1_950_000,
        lower_ohm: float = 510,
        cf_cnt: int = 0,
    ):
        """`cf_cnt` is where the pulse counter stands, so that a test need not wait years for its wrap."""
        self._world = world
        self.faults = ReplyFaults()
        divider = lower_ohm / (upper_ohm + lower_ohm)
        self._counts_per_a = 305978 * shunt_mohm / VREF_V
        self._counts_per_v = 73989 * 1000 * divider / VREF_V
        self._counts_per_w = 3537 * shunt_mohm * 1000 * divider / VREF_V**2
        self.power_cycle()
        self._first_cf_cnt = cf_cnt

    def power_cycle(self) -> None:
        """All registers as after power-on: settings at their defaults, no pulses counted."""
        self._settings = dict.fromkeys(SETTINGS, 0) | {MODE: MODE_DEFAULT}
        self._is_unlocked = False
        self.baudrate = 4800
        self._clear_pulses()

    def power(self, on: bool) -> None:
        if on:
            self.power_cycle()

    def read_register(self, register: int) -> int:
        """The register's 24 bits; those that are not modelled read as 0."""
        world = self._world
        if register in (I_RMS, I_FAST_RMS):
            return min(round(world.current_a * self._counts_per_a), MAX_COUNT)
        if register == V_RMS:
            return min(round(world.mains_v * self._counts_per_v), MAX_COUNT)
        if register == WATT:
            return round(world.lamp_power_mw / 1000 * self._counts_per_w) & MAX_COUNT
        if register == CF_CNT:
            return self._read_pulses()
        if register == FREQ:
            return round(1_000_000 / world.mains_hz)
        return self._settings.get(register, 0)

    def _read_pulses(self) -> int:
        joules = (self._world.energy_nj - self._counted_from_nj) / 1e9
        pulses = int(joules * self._counts_per_w / CF_SECONDS)
        value = (self._first_cf_cnt + pulses) & MAX_COUNT
        if self._settings[MODE] & MODE_CLEAR_CF:
            self._clear_pulses()
        return value

    def _clear_pulses(self) -> None:
        self._first_cf_cnt = 0
        self._counted_from_nj = self._world.energy_nj

    def write_register(self, register: int, value: int) -> None:
        if register == USR_WRPROT:
            self._is_unlocked = value == UNLOCK
        elif not self._is_unlocked:
            return
        elif register == RESET and value == RESET_KEY:
            self.power_cycle()
        elif register in SETTINGS:
            self._settings[register] = value
            self.baudrate = MODE_BAUDRATE.get(self._settings[MODE] & MODE_BAUDRATE_MASK, 4800)


def checksum(data: bytes) -> int:
    return ~sum(data) & 0xFF
