"""BL0942 on its UART: a register, or all measurements in one packet (Belling datasheet V1.06, 3.2 "UART")."""

import random

from host_tools.simulator.buses import SerialDevice
from host_tools.simulator.devices.bl0942 import (
    CF_CNT,
    FREQ,
    I_FAST_RMS,
    I_RMS,
    READ,
    STATUS,
    V_RMS,
    WATT,
    WRITE,
    Bl0942,
    checksum,
)
from host_tools.simulator.devices.silence import Silence
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

FULL_PACKET = 0xAA
ADDRESS_MASK = 0x03
COMMAND_LENGTH = {READ: 2, WRITE: 6}
BYTE_TIMEOUT_US = 18_500  # a command with a longer pause in it is given up
REPLY_DELAY_US = (150, 10_000)


class Bl0942Uart(Bl0942, SerialDevice):
    """`settings` are those of Bl0942."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 0, **settings):
        self._rng = rng
        self.address = address
        self._silence = Silence(queue)
        self._command = bytearray()
        super().__init__(world, **settings)

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
                self.write_register(command[1], int.from_bytes(command[2:5], "little"))
        elif command[1] == FULL_PACKET:
            self._reply(command[:1], self._packet())
        else:
            value = self.read_register(command[1])
            self._reply(command[:2], value.to_bytes(3, "little"))

    def _reply(self, summed_command: bytes, data: bytes) -> None:
        reply = data + bytes((checksum(summed_command + data),))
        self.line.send(self.faults.apply(reply), self._rng.randrange(*REPLY_DELAY_US))

    def _packet(self) -> bytes:
        words = (I_RMS, V_RMS, I_FAST_RMS, WATT, CF_CNT)
        measured = b"".join(self.read_register(register).to_bytes(3, "little") for register in words)
        frequency = self.read_register(FREQ).to_bytes(2, "little")
        return b"\x55" + measured + frequency + bytes((0, self.read_register(STATUS), 0, 0))
