"""A chip on a bench in virtual time: flash that holds given files, a keyboard, and a screen."""

import random

from host_tools.chips import chips
from host_tools.images.partitions import build_table, micropython_table, vfs_partition
from host_tools.images.standin import standin_app, standin_bootloader
from host_tools.littlefs_volume import make_image
from host_tools.simulator.chip.esp32 import Esp32
from host_tools.simulator.chip.resets import PowerOff
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.kernel import EventQueue

FLASH_SIZE = 4 << 20
MAC = bytes.fromhex("02c170aabbcc")
CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"


class BoardBench:
    """One chip; `reports` is what a person at the board would notice, in words."""

    def __init__(self, files=None, *, chip="esp32s3", seed=1, queue=None, **options):
        """files: path -> text or bytes; None leaves the partition blank.  options: of Esp32."""
        self.queue = queue or EventQueue()
        self.flash = _flashed(chips()[chip])
        self.vfs = vfs_partition(micropython_table(FLASH_SIZE), FLASH_SIZE)
        if files is not None:
            self.load(files)
        self.reports = []
        self.chip = Esp32(
            self.queue, chips()[chip], self.flash, MAC, random.Random(seed), self.reports.append, **options
        )
        self._output = bytearray()
        self.chip.console.listeners.append(self._output.extend)

    def load(self, files):
        """Flash a file system that holds just `files`."""
        contents = {path: c.encode() if isinstance(c, str) else c for path, c in files.items()}
        self.flash.erase(self.vfs.offset, self.vfs.size)
        self.flash.program(self.vfs.offset, make_image(contents, self.vfs.size))

    def type_at(self, second, data):
        """Somebody types `data` that many seconds after power came on first."""
        self.queue.at(round(second * 1_000_000), lambda: self.chip.console_in(data))

    def run(self, seconds=1.0):
        """Switch power on for so long; returns what the console has shown in that time."""
        self._output.clear()
        ends = self.queue.after(round(seconds * 1_000_000), self._power_off)
        try:
            self.chip.run()
        except PowerOff:
            return self._output.decode(errors="backslashreplace")
        finally:
            ends.cancel()

    @staticmethod
    def _power_off():
        raise PowerOff


def _flashed(chip):
    flash = NorFlash(FLASH_SIZE)
    flash.program(chip.bootloader_offset, standin_bootloader(chip, FLASH_SIZE))
    flash.program(0x8000, build_table(micropython_table(FLASH_SIZE)))
    flash.program(0x10000, standin_app(chip, "1.27.0", FLASH_SIZE))
    return flash


def run_main(source, seconds=1.0, **options):
    """What a board prints whose main.py is `source`: from its first line to the REPL's banner."""
    console = BoardBench({"main.py": source}, **options).run(seconds)
    return printed(console)


def printed(console):
    """The program's lines of a console: no lines of the ROM before, no banner behind."""
    lines = console.partition("entry 0x")[2].partition("\r\n")[2]
    return lines.partition("MicroPython v")[0].rstrip("\r\n").splitlines()
