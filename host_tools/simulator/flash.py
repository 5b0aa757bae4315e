"""NOR flash: programming only clears bits, only erasing sets them, a whole sector at a time.

What goes wrong with real flash (power cuts, worn sectors, bit rot) is in flash_faults.py.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host_tools.simulator.flash_faults import FlashFaults

SECTOR = 4096
ERASED = 0xFF


class FlashAddressError(ValueError):
    """Outside the flash, or not on a sector boundary where one is needed."""


class FlashFileError(ValueError):
    """A file that does not hold this flash's content."""

    hint = "Give the file of a flash of this size, or a name that does not exist yet."


@dataclass
class Operations:
    """What the flash was asked for so far; sectors erased are counted one by one, in `NorFlash.wear`."""

    reads: int = 0
    programs: int = 0
    erases: int = 0
    bytes_read: int = 0
    bytes_programmed: int = 0


class NorFlash:
    """`size` bytes of flash, erased at first; `wear[n]` counts how often sector n was erased.

    `faults`, where set, does the programming and erasing, and may leave it half done.
    """

    def __init__(self, size: int):
        if size <= 0 or size % SECTOR:
            raise ValueError(f"flash size {size} is not a multiple of {SECTOR}")
        self.size = size
        self.wear = [0] * (size // SECTOR)
        self.operations = Operations()
        self.faults: FlashFaults | None = None
        self._cells = bytearray([ERASED]) * size

    def read(self, address: int, length: int) -> bytes:
        self._check(address, length)
        if self.faults:
            self.faults.check_power()
        self.operations.reads += 1
        self.operations.bytes_read += length
        return bytes(self._cells[address : address + length])

    def program(self, address: int, data: bytes) -> None:
        """Clear the bits that are 0 in `data`; a bit that is already 0 stays 0."""
        self._check(address, len(data))
        self.operations.programs += 1
        self.operations.bytes_programmed += len(data)
        (self.faults or self).clear_bits(address, data)

    def erase(self, address: int, length: int) -> None:
        """Erase whole sectors; address and length are multiples of `SECTOR`."""
        self._check(address, length)
        if address % SECTOR or length % SECTOR:
            raise FlashAddressError(f"erase of 0x{length:x} at 0x{address:x} is not on sector boundaries")
        self.operations.erases += 1
        (self.faults or self).set_sectors(address // SECTOR, length // SECTOR)

    def power_on(self) -> None:
        """Power is back after a `PowerCut`."""
        if self.faults:
            self.faults.power_on()

    def load(self, path: Path) -> None:
        """Take the content from a file of exactly `size` bytes.  Errors: OSError, FlashFileError."""
        content = path.read_bytes()
        if len(content) != self.size:
            raise FlashFileError(f"{path} has {len(content)} bytes, the flash has {self.size}")
        self._cells[:] = content

    def save(self, path: Path) -> None:
        """Write the content to a file, which is at any moment the old or the new one.  Errors: OSError."""
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(handle, "wb") as file:
                file.write(self.content())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise

    # --- the cells themselves: what faults are made of; no operation, not counted

    def content(self) -> bytes:
        return bytes(self._cells)

    def clear_bits(self, address: int, data: bytes) -> None:
        place = slice(address, address + len(data))
        before = int.from_bytes(self._cells[place], "little")
        self._cells[place] = (before & int.from_bytes(data, "little")).to_bytes(len(data), "little")

    def set_sectors(self, first: int, count: int) -> None:
        self._cells[first * SECTOR : (first + count) * SECTOR] = bytes([ERASED]) * (count * SECTOR)
        for sector in range(first, first + count):
            self.wear[sector] += 1

    def flip_bit(self, address: int, bit: int) -> None:
        self._check(address, 1)
        self._cells[address] ^= 1 << bit

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > self.size:
            raise FlashAddressError(
                f"0x{length:x} bytes at 0x{address:x} are outside 0x{self.size:x} of flash"
            )
