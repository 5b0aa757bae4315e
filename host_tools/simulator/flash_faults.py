"""How NOR flash goes wrong: power cuts in the middle of an operation, worn sectors, bit rot.

No datasheet says what an interrupted operation leaves behind.  Here it is as bad as it gets within the
addressed range: chips program a sector's bits to 0 before they erase it, so an interrupted erase leaves
any mixture.  Cells that read differently from one time to the next are not modelled.
"""

import random

from host_tools.simulator.flash import SECTOR, NorFlash


class PowerCut(BaseException):
    """Power is gone.  Not an Exception: it unwinds everything, as a reset does."""


class FlashFaults:
    """The faults of one flash; they are in force from construction on."""

    def __init__(self, flash: NorFlash, rng: random.Random):
        self.powered = True
        self._flash = flash
        self._rng = rng
        self._operations_left = 0  # until the cut; 0: none is planned
        self._fraction = 0.0
        self._worn: set[int] = set()
        flash.faults = self

    def cut_after(self, operations: int, fraction: float) -> None:
        """Break off the n-th operation from now, when `fraction` of it is done, and raise PowerCut.

        operations: 1 is the next program or erase; reads do not count.  fraction: 0.0 cuts before it begins,
        1.0 when it is complete, but nobody has been told yet.  No operation works until `power_on`.
        """
        if operations < 1 or not 0 <= fraction <= 1:
            raise ValueError(f"no power cut at operation {operations}, {fraction} of it")
        self._operations_left = operations
        self._fraction = fraction

    def power_on(self) -> None:
        self.powered = True

    def wear_out(self, sector: int) -> None:
        """From now on neither programming nor erasing changes this sector; the chip reports success."""
        self._worn.add(sector)

    def rot(self, address: int, length: int, bits: int) -> None:
        """Flip that many different bits, anywhere in the range."""
        for place in self._rng.sample(range(8 * length), bits):
            self._flash.flip_bit(address + place // 8, place % 8)

    # --- what NorFlash asks

    def check_power(self) -> None:
        if not self.powered:
            raise PowerCut

    def clear_bits(self, address: int, data: bytes) -> None:
        """Program; of the byte in which power went, some bits are."""
        done = self._begin(len(data))
        whole = int(done)
        if whole < done:
            data = data[:whole] + bytes([data[whole] | self._rng.randrange(256)])
        else:
            data = data[:whole]
        while data:
            room = SECTOR - address % SECTOR
            if address // SECTOR not in self._worn:
                self._flash.clear_bits(address, data[:room])
            address, data = address + room, data[room:]
        self.check_power()

    def set_sectors(self, first: int, count: int) -> None:
        """Erase; the sector in which power went has any mixture of bits."""
        done = self._begin(count)
        whole = int(done)
        for sector in range(first, first + whole):
            if sector not in self._worn:
                self._flash.set_sectors(sector, 1)
        if whole < done and first + whole not in self._worn:
            self._scramble(first + whole)
        self.check_power()

    def _scramble(self, sector: int) -> None:
        before = self._flash.content()[sector * SECTOR : (sector + 1) * SECTOR]
        kept, noise = (int.from_bytes(self._rng.randbytes(SECTOR), "little") for _ in range(2))
        mixed = int.from_bytes(before, "little") & kept | noise & ~kept
        self._flash.set_sectors(sector, 1)
        self._flash.clear_bits(sector * SECTOR, mixed.to_bytes(SECTOR, "little"))

    def _begin(self, units: int) -> float:
        """How much of an operation of so many units gets done."""
        self.check_power()
        if self._operations_left == 0:
            return units
        self._operations_left -= 1
        if self._operations_left:
            return units
        self.powered = False
        return self._fraction * units
