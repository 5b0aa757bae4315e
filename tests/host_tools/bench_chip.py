"""A chip on a bench for tests: flash, ROM bootloader and auto-reset behind an RFC 2217 port."""

import contextlib
import threading
from collections.abc import Iterator

from host_tools.chips import chips
from host_tools.simulator.auto_reset import AutoReset
from host_tools.simulator.boot import Boot, boot, download_console
from host_tools.simulator.bootloader import RomBootloader
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.kernel import EventQueue, WallClock
from host_tools.simulator.ports import Rfc2217Port

MAC = bytes.fromhex("02cafe000001")


class BenchChip:
    """Runs on a thread of its own; `boots` lists how each boot from flash went."""

    def __init__(self, chip_name: str, mac: bytes, flash: NorFlash):
        self.chip = chips()[chip_name]
        self.flash = flash
        self.boots: list[Boot] = []
        self.queue = EventQueue(WallClock())
        self.rom = RomBootloader(self.chip, mac, self.flash, self._send, leave=self._run_flash)
        self.in_download = False
        self.pty = None
        self._stopped = False
        self._booted = threading.Condition()
        self.auto_reset = AutoReset(self._reset, self._start, self.queue.after)
        self.port = Rfc2217Port(
            on_bytes=lambda data: self.queue.inject(lambda: self._receive(data)),
            on_lines=lambda dtr, rts: self.queue.inject(lambda: self.auto_reset.lines(dtr, rts)),
            on_baudrate=lambda baudrate: None,
        )
        self._thread = threading.Thread(target=self.queue.run_until, args=(None, lambda: self._stopped))
        self._thread.start()

    def press_boot_and_reset(self) -> None:
        self.queue.inject(lambda: self._start(download=True))

    def open_pty(self) -> str:
        """A second way to the chip, without DTR and RTS, on which esptool is 20 times faster."""
        from host_tools.simulator.pty_port import PtyPort  # not on Windows

        self.pty = PtyPort(lambda data: self.queue.inject(lambda: self._receive(data)))
        return self.pty.path

    def close(self) -> None:
        self.port.close()
        if self.pty:
            self.pty.close()
        self.queue.inject(lambda: setattr(self, "_stopped", True))
        self._thread.join()

    def wait_for_boot(self) -> Boot:
        """The boot that follows a hard reset; its last line change may still be on its way."""
        with self._booted:
            assert self._booted.wait_for(lambda: self.boots, timeout=120), "the chip did not boot"
            return self.boots[-1]

    def _send(self, data: bytes) -> None:
        (self.pty or self.port).write(data)

    def _receive(self, data: bytes) -> None:
        if self.in_download:
            self.rom.receive(data)

    def _reset(self) -> None:
        self.in_download = False

    def _start(self, download: bool) -> None:
        self.in_download = download
        if download:
            self.rom.start()
            self._send(download_console(self.chip))
        else:
            self._run_flash()

    def _run_flash(self) -> None:
        self.in_download = False
        result = boot(self.flash, self.chip)
        self._send(result.console)
        with self._booted:
            self.boots.append(result)
            self._booted.notify_all()


@contextlib.contextmanager
def on_bench(
    chip_name: str, flash_size: int = 4 << 20, mac: bytes = MAC, flash: NorFlash | None = None
) -> Iterator[BenchChip]:
    bench = BenchChip(chip_name, mac, flash or NorFlash(flash_size))
    try:
        yield bench
    finally:
        bench.close()
