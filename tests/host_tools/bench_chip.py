"""A chip on a bench for tests: flash, ROM bootloader and auto-reset behind an RFC 2217 port."""

import contextlib
import os
import threading
from collections.abc import Iterator

from host_tools.chips import chips
from host_tools.simulator.auto_reset import AutoReset
from host_tools.simulator.boot import Boot, boot, download_console
from host_tools.simulator.bootloader import RomBootloader
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.flash_faults import PowerCut
from host_tools.simulator.kernel import EventQueue, WallClock
from host_tools.simulator.ports import Rfc2217Port

MAC = bytes.fromhex("02cafe000001")


class BenchChip:
    """Runs on a thread of its own; `boots` lists how each boot from flash went.

    `baudrates` lists what the RFC 2217 port was set to.  A board that a PowerCut hits is taken to have its
    power from the cable, so its ports go as well.
    """

    def __init__(self, chip_name: str, mac: bytes, flash: NorFlash):
        self.chip = chips()[chip_name]
        self.flash = flash
        self.boots: list[Boot] = []
        self.baudrates: list[int] = []
        self.queue = EventQueue(WallClock())
        self.rom = RomBootloader(self.chip, mac, self.flash, self._send, leave=self._run_flash)
        self.in_download = False
        self.pty = None
        self._kept: int | None = None
        self.plugged = True
        self._stopped = False
        self._booted = threading.Condition()
        self.auto_reset = AutoReset(self._reset, self._start, self.queue.after)
        self.port = self._open_port(0)
        self.url = self.port.url
        self._thread = threading.Thread(target=self.queue.run_until, args=(None, lambda: self._stopped))
        self._thread.start()

    def press_boot_and_reset(self) -> None:
        self.queue.inject(lambda: self._start(download=True))

    def open_pty(self) -> str:
        """A second way to the chip, without DTR and RTS, on which esptool is 20 times faster."""
        from host_tools.simulator.pty_port import PtyPort  # not on Windows

        self.pty = PtyPort(lambda data: self.queue.inject(lambda: self._receive(data)))
        return self.pty.path

    def unplug(self) -> None:
        """The cable comes off: whoever has a port open loses it, and nobody can open it."""
        self.plugged = False
        self.port.close()
        if self.pty:
            # keeps the name taken: who still looks for this terminal must not find a stranger's under it
            self._kept = os.open(self.pty.path, os.O_RDWR | os.O_NOCTTY)
            self.pty.close()

    def plug_in(self) -> None:
        """The RFC 2217 port is back under its URL, the pseudo-terminal maybe under another name.

        A board that had lost its power starts from flash.
        """
        self.port = self._open_port(int(self.url.rpartition(":")[2]))
        if self.pty:
            self._release_name()
            self.open_pty()
        self.plugged = True
        if self.flash.faults and not self.flash.faults.powered:
            self.flash.power_on()
            self.queue.inject(lambda: self._start(download=False))

    def close(self) -> None:
        if self.plugged:
            self.unplug()
        self._release_name()
        self.queue.inject(lambda: setattr(self, "_stopped", True))
        self._thread.join()

    def wait_for_boot(self) -> Boot:
        """The boot that follows a hard reset; its last line change may still be on its way."""
        with self._booted:
            assert self._booted.wait_for(lambda: self.boots, timeout=120), "the chip did not boot"
            return self.boots[-1]

    def _release_name(self) -> None:
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None

    def _open_port(self, number: int) -> Rfc2217Port:
        return Rfc2217Port(
            on_bytes=lambda data: self.queue.inject(lambda: self._receive(data)),
            on_lines=lambda dtr, rts: self.queue.inject(lambda: self.auto_reset.lines(dtr, rts)),
            on_baudrate=self.baudrates.append,
            port=number,
        )

    def _send(self, data: bytes) -> None:
        if self.plugged:
            (self.pty or self.port).write(data)

    def _receive(self, data: bytes) -> None:
        if not self.in_download:
            return
        try:
            self.rom.receive(data)
        except PowerCut:
            self.in_download = False
            self.unplug()

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
