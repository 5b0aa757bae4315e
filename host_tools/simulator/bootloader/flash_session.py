"""One download into flash, between its BEGIN and its END; ROM and stub differ in when they erase."""

import zlib

from host_tools.simulator.flash import SECTOR, NorFlash


class SessionOverflow(Exception):
    """More data than the BEGIN command announced."""


class FlashSession:
    """Writes `length` bytes from `offset` on, inflating them first if `compressed`.

    Errors of `write`: SessionOverflow, zlib.error, FlashAddressError.
    """

    def __init__(self, flash: NorFlash, offset: int, length: int, compressed: bool):
        self.remaining = length
        self.next_sequence = 0
        self._flash = flash
        self._position = offset
        self._erased_to = offset - offset % SECTOR
        self._end = offset + length
        self._inflater = zlib.decompressobj() if compressed else None

    def erase_all(self) -> None:
        """Erase up front, as the ROM does."""
        self._erase_to(self._end)

    def write(self, data: bytes) -> None:
        """Program the next piece; sectors that are not yet erased are erased first, as the stub does."""
        # an uncompressed last block is padded; what inflates to more than announced is an error
        data = self._inflater.decompress(data) if self._inflater else data[: self.remaining]
        if len(data) > self.remaining:
            raise SessionOverflow
        self._erase_to(self._position + len(data))
        self._flash.program(self._position, data)
        self._position += len(data)
        self.remaining -= len(data)

    def _erase_to(self, end: int) -> None:
        end += -end % SECTOR
        if end > self._erased_to:
            self._flash.erase(self._erased_to, end - self._erased_to)
            self._erased_to = end
