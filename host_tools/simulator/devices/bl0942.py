"""BL0942 energy meter in the lamp's supply, as its UART shows it (Belling datasheet V1.06).

Modelled: reading a register or the packet, writing behind the lock, the 24-bit pulse counter with its
wrap and its clearing by reads, soft reset, and the baud rates of MODE.  Measurements are those of
the moment, where the part averages over 400 ms.  Not modelled: waveforms, over-current and no-load
detection, offset and gain settings (kept when written, without effect), SPI.
"""

import random

from host_tools.simulator.buses import SerialDevice
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.devices.silence import Silence
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

I_RMS, V_RMS, I_FAST_RMS, WATT, CF_CNT, FREQ, STATUS = 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09
SETTINGS = range(0x11, 0x1C)
MODE, RESET, USR_WRPROT = 0x19, 0x1C, 0x1D
FULL_PACKET = 0xAA

MODE_DEFAULT = 0x87
MODE_CLEAR_CF = 0x40
MODE_BAUDRATE = {0x200: 19200, 0x300: 38400}  # else the strap pin decides
MODE_BAUDRATE_MASK = 0x300
UNLOCK = 0x55
RESET_KEY = 0x5A5A5A

READ, WRITE = 0x58, 0xA8
ADDRESS_MASK = 0x03
COMMAND_LENGTH = {READ: 2, WRITE: 6}
BYTE_TIMEOUT_US = 18_500  # a command with a longer pause in it is given up
REPLY_DELAY_US = (150, 10_000)

VREF_V = 1.218
CF_SECONDS = 1638.4 * 256  # of one pulse when WATT is 1
MAX_COUNT = 0xFFFFFF


class Bl0942(SerialDevice):
    """The meter; the lamp's current flows through its shunt, the mains is behind its divider."""

    def __init__(
        self,
        queue: EventQueue,
        world: World,
        rng: random.Random,
        address: int = 0,
        shunt_mohm: float = 1.0,
        upper_ohm: float = 1_950_000,
        lower_ohm: float = 510,
        cf_cnt: int = 0,
    ):
        """`cf_cnt` is where the pulse counter stands, so that a test need not wait years for its wrap."""
        self._world = world
        self._rng = rng
        self.address = address
        self.faults = ReplyFaults()
        self._silence = Silence(queue)
        self._command = bytearray()
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

    def receive(self, data: bytes) -> None:
        if self._silence.before_us(data, self.baudrate) > BYTE_TIMEOUT_US:
            self._command.clear()
        self._command += data
        while self._command:
            length = COMMAND_LENGTH.get(self._command[0] & ~ADDRESS_MASK)
            if length is None:  # noise: no command begins so
                del self._command[0]
                continue
            if len(self._command) < length:
                return
            command = bytes(self._command[:length])
            del self._command[:length]
            if command[0] & ADDRESS_MASK == self.address:
                self._execute(command)

    def _execute(self, command: bytes) -> None:
        if command[0] & ~ADDRESS_MASK == WRITE:
            if command[5] == checksum(command[:5]):
                self._write(command[1], int.from_bytes(command[2:5], "little"))
        elif command[1] == FULL_PACKET:
            self._reply(command[:1], self._packet())
        else:
            value = self._read(command[1])
            self._reply(command[:2], value.to_bytes(3, "little"))

    def _reply(self, summed_command: bytes, data: bytes) -> None:
        reply = data + bytes((checksum(summed_command + data),))
        self.line.send(self.faults.apply(reply), self._rng.randrange(*REPLY_DELAY_US))

    def _packet(self) -> bytes:
        words = (I_RMS, V_RMS, I_FAST_RMS, WATT, CF_CNT)
        measured = b"".join(self._read(register).to_bytes(3, "little") for register in words)
        frequency = self._read(FREQ).to_bytes(2, "little")
        return b"\x55" + measured + frequency + bytes((0, self._read(STATUS), 0, 0))

    def _read(self, register: int) -> int:
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

    def _write(self, register: int, value: int) -> None:
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
