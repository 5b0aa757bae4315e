"""A chip in download mode, on one end of a serial line."""

from collections.abc import Callable

from host_tools.chips import Chip
from host_tools.simulator.bootloader import packets, slip
from host_tools.simulator.bootloader.registers import Registers
from host_tools.simulator.bootloader.rom import RomLoader
from host_tools.simulator.bootloader.stub import GREETING, StubLoader
from host_tools.simulator.flash import NorFlash


class RomBootloader:
    """The ROM loader and, once the host has started it, the flasher stub.

    Code that the host loads into RAM is not executed: whatever it starts is taken to be the stub.
    Encryption, secure boot and the watchdog reset are not modelled.
    """

    def __init__(
        self,
        chip: Chip,
        mac: bytes,
        flash: NorFlash,
        send: Callable[[bytes], None],
        leave: Callable[[], None] = lambda: None,
    ):
        """`leave()` is called when the host tells the ROM to run what is in flash."""
        self._chip = chip
        self._mac = mac
        self._flash = flash
        self._send = send
        self._leave = leave
        self.start()

    def start(self) -> None:
        """Enter download mode: the state after a reset."""
        self._decoder = slip.Decoder()
        self._registers = Registers(self._chip.name, self._mac, self._flash.size)
        self._rom = RomLoader(self._chip, self._registers, self._flash)
        self._stub: StubLoader | None = None

    def receive(self, data: bytes) -> None:
        """Bytes from the host have arrived, in one piece or many."""
        for packet in self._decoder.feed(data):
            if self._rom.left:
                return
            if answers := self._answer(packet):
                # all at once: esptool 4.8 drops repeated refusals, but only those that have arrived
                self._send(b"".join(map(slip.encode, answers)))
            if self._rom.left:
                self._leave()

    def _answer(self, packet: bytes) -> list[bytes]:
        if self._stub:
            return self._stub.handle_packet(packet)
        command = packets.parse(packet)
        if command is None:
            return []
        answer = self._rom.handle(command)
        if self._rom.entry is not None:
            self._stub = StubLoader(self._chip, self._registers, self._flash)
            answer.append(GREETING)
        return answer
