"""NOR flash: programming only clears bits, only erasing sets them, a whole sector at a time."""

SECTOR = 4096
ERASED = 0xFF


class FlashAddressError(ValueError):
    """Outside the flash, or not on a sector boundary where one is needed."""


class NorFlash:
    """`size` bytes of flash, erased at first; `wear[n]` counts how often sector n was erased."""

    def __init__(self, size: int):
        if size <= 0 or size % SECTOR:
            raise ValueError(f"flash size {size} is not a multiple of {SECTOR}")
        self.size = size
        self.wear = [0] * (size // SECTOR)
        self._cells = bytearray([ERASED]) * size

    def read(self, address: int, length: int) -> bytes:
        self._check(address, length)
        return bytes(self._cells[address : address + length])

    def program(self, address: int, data: bytes) -> None:
        """Clear the bits that are 0 in `data`; a bit that is already 0 stays 0."""
        length = len(data)
        self._check(address, length)
        place = slice(address, address + length)
        before = int.from_bytes(self._cells[place], "little")
        self._cells[place] = (before & int.from_bytes(data, "little")).to_bytes(length, "little")

    def erase(self, address: int, length: int) -> None:
        """Erase whole sectors; address and length are multiples of `SECTOR`."""
        self._check(address, length)
        if address % SECTOR or length % SECTOR:
            raise FlashAddressError(f"erase of 0x{length:x} at 0x{address:x} is not on sector boundaries")
        self._cells[address : address + length] = bytes([ERASED]) * length
        for sector in range(address // SECTOR, (address + length) // SECTOR):
            self.wear[sector] += 1

    def _check(self, address: int, length: int) -> None:
        if address < 0 or length < 0 or address + length > self.size:
            raise FlashAddressError(
                f"0x{length:x} bytes at 0x{address:x} are outside 0x{self.size:x} of flash"
            )
