"""NOR flash: programming only clears bits, only erasing sets them, a whole sector at a time.

What goes wrong with real flash (power cuts, worn sectors, bit rot) is in flash_faults.py.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host_tools.simulator.flash_faults import FlashFaults

SECTOR = 4096
ERASED = 0xFF
BLANK = bytes([ERASED]) * SECTOR


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

    `changes` counts what may have changed a cell: what was read before holds while it stays.

    `faults`, where set, does the programming and erasing, and may leave it half done.  Erased sectors take no
    memory, and those with an image's content share it: there may be thousands of boards.
    """

    def __init__(self, size: int):
        if size <= 0 or size % SECTOR:
            raise ValueError(f"flash size {size} is not a multiple of {SECTOR}")
        self.size = size
        self.wear = [0] * (size // SECTOR)
        self.operations = Operations()
        self.changes = 0
        self.faults: FlashFaults | None = None
        self._sectors: dict[int, bytes | bytearray] = {}  # by number; those that are not here are erased

    def read(self, address: int, length: int) -> bytes:
        self._check(address, length)
        if self.faults:
            self.faults.check_power()
        self.operations.reads += 1
        self.operations.bytes_read += length
        return self._content(address, length)

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
        self._sectors.clear()
        self.clear_bits(0, content)

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
        return self._content(0, self.size)

    def clear_bits(self, address: int, data: bytes) -> None:
        self.changes += 1
        for sector, start, piece in _by_sector(address, data):
            if piece.count(ERASED) == len(piece):  # most of an image's sectors
                continue
            if sector not in self._sectors and len(piece) == SECTOR:
                self._sectors[sector] = _shared(bytes(piece))
                continue
            cells = self._cells(sector)
            place = slice(start, start + len(piece))
            before = int.from_bytes(cells[place], "little")
            cells[place] = (before & int.from_bytes(piece, "little")).to_bytes(len(piece), "little")

    def set_sectors(self, first: int, count: int) -> None:
        self.changes += 1
        for sector in range(first, first + count):
            self._sectors.pop(sector, None)
            self.wear[sector] += 1

    def flip_bit(self, address: int, bit: int) -> None:
        self._check(address, 1)
        self.changes += 1
        sector, start = divmod(address, SECTOR)
        self._cells(sector)[start] ^= 1 << bit

    def _cells(self, sector: int) -> bytearray:
        """A sector's bytes, to be changed."""
        cells = self._sectors.get(sector, BLANK)
        if isinstance(cells, bytes):
            cells = self._sectors[sector] = bytearray(cells)
        return cells

    def _content(self, address: int, length: int) -> bytes:
        sector, start = divmod(address, SECTOR)
        if start + length <= SECTOR:  # nearly always
            return bytes(self._sectors.get(sector, BLANK)[start : start + length])
        last = (address + length - 1) // SECTOR
        whole = b"".join([self._sectors.get(each, BLANK) for each in range(sector, last + 1)])
        return whole[start : start + length]

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > self.size:
            raise FlashAddressError(
                f"0x{length:x} bytes at 0x{address:x} are outside 0x{self.size:x} of flash"
            )


@lru_cache(1024)
def _shared(content: bytes) -> bytes:
    """The same object for the same content, while it is in use."""
    return content


def _by_sector(address: int, data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(sector, offset in it, piece of `data`) of each sector that `data` at `address` touches."""
    done = 0
    while done < len(data):
        sector, start = divmod(address + done, SECTOR)
        piece = data[done : done + SECTOR - start]
        yield sector, start, piece
        done += len(piece)
