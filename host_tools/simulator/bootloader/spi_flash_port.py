"""The SPI controller as the bootloader's host uses it: registers, one "user command" at a time.

Register names as in the Technical Reference Manuals' SPI chapters.  Reading and writing of flash
content goes through bootloader commands; these registers serve identification and status.
"""

from dataclasses import dataclass

SPI_USR = 1 << 18  # in SPI_CMD_REG: start the user command; reads as 0 when it is done

READ_STATUS = (0x05, 0x35, 0x15)
READ_SFDP = 0x5A
READ_ID = 0x9F

# GigaDevice's GD25Q series: manufacturer and memory type; the third byte is log2 of the size
MANUFACTURER, MEMORY_TYPE = 0xC8, 0x40


@dataclass(frozen=True)
class SpiLayout:
    """Where a chip has the registers, from the base of its SPI controller."""

    base: int
    usr2: int
    w0: int
    address_shift: int  # a 24-bit address in SPI_ADDR_REG: at the top (8) or at the bottom (0)

    @property
    def cmd(self) -> int:
        return self.base

    @property
    def addr(self) -> int:
        return self.base + 4


def run_user_command(layout: SpiLayout, registers: dict[int, int], flash_size: int) -> None:
    """Do what the registers ask for: the answer is in W0, the command bit is clear."""
    command = registers.get(layout.base + layout.usr2, 0) & 0xFF
    address = registers.get(layout.addr, 0) >> layout.address_shift & 0xFFFFFF
    if command == READ_ID:
        registers[layout.base + layout.w0] = _identification(flash_size)
    elif command == READ_SFDP:
        answer = _sfdp()[address : address + 4].ljust(4, b"\xff")
        registers[layout.base + layout.w0] = int.from_bytes(answer, "little")
    elif command in READ_STATUS:
        registers[layout.base + layout.w0] = 0  # idle, nothing protected
    registers[layout.cmd] = 0


def _identification(flash_size: int) -> int:
    size_code = flash_size.bit_length() - 1
    return size_code << 16 | MEMORY_TYPE << 8 | MANUFACTURER


def _sfdp() -> bytes:
    """The SFDP header (JEDEC JESD216): signature, revision 1.0, and two parameter headers."""
    signature = b"SFDP" + bytes([0x00, 0x01, 1, 0xFF])
    basic = bytes([0x00, 0x00, 0x01, 9, 0x30, 0, 0, 0xFF])
    vendor = bytes([MANUFACTURER, 0x00, 0x01, 3, 0x60, 0, 0, 0xFF])
    return signature + basic + vendor
