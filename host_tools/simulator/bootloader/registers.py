"""What a chip's bootloader lets its host read and write: registers with eFuses, and the SPI controller.

Addresses and fields are in the Technical Reference Manuals (eFuse Controller, System Registers).
Each chip is a current revision without security features, without PSRAM, with external flash.
"""

import struct

from host_tools.simulator.bootloader.spi_flash_port import SPI_USR, SpiLayout, run_user_command

ROM_MAGIC = 0x40001000  # a word of ROM by which esptool tells chips apart

SPI_LAYOUTS = {
    "esp32": SpiLayout(base=0x3FF42000, usr2=0x24, w0=0x80, address_shift=8),
    "esp32s3": SpiLayout(base=0x60002000, usr2=0x20, w0=0x58, address_shift=0),
    "esp32c3": SpiLayout(base=0x60002000, usr2=0x20, w0=0x58, address_shift=0),
}


def _esp32(mac_low: int, mac_high: int) -> dict[int, int]:
    efuse = 0x3FF5A000  # EFUSE_BLK0_RDATA0_REG
    return {
        ROM_MAGIC: 0x00F01D83,
        efuse + 0x04: mac_low,
        efuse + 0x08: mac_high,  # the CRC-8 above the MAC is not modelled
        efuse + 0x0C: 1 << 15 | 1 << 13 | 1 << 9,  # CHIP_VER_REV1, rated 240 MHz, package D0WD
        efuse + 0x10: 0x28,  # CK8M_FREQ
        efuse + 0x14: 1 << 24 | 1 << 20,  # wafer version minor 1, CHIP_VER_REV2
        0x3FF6607C: 1 << 31,  # SYSCON_DATE_REG: with both REV bits, revision 3
        0x3FF40014: 40_000_000 // 115200,  # UART_CLKDIV_REG: a 40 MHz crystal
        0x3FF5F06C: 2560 << 7,  # TIMG_RTCCALICFG1_REG: the same, measured with CK8M
    }


def _esp32s3(mac_low: int, mac_high: int) -> dict[int, int]:
    block1 = 0x60007044  # EFUSE_RD_MAC_SPI_SYS_0_REG
    return {
        ROM_MAGIC: 0x9,
        block1: mac_low,
        block1 + 0x04: mac_high,
        block1 + 0x0C: 2 << 18,  # wafer version minor 2, package QFN56
        0x60004038: 1 << 3,  # GPIO_STRAP_REG
    }


def _esp32c3(mac_low: int, mac_high: int) -> dict[int, int]:
    block1 = 0x60008844  # EFUSE_RD_MAC_SPI_SYS_0_REG
    return {
        ROM_MAGIC: 0x1B31506F,
        block1: mac_low,
        block1 + 0x04: mac_high,
        block1 + 0x0C: 4 << 18,  # wafer version minor 4, package QFN32
    }


AFTER_RESET = {"esp32": _esp32, "esp32s3": _esp32s3, "esp32c3": _esp32c3}


class Registers:
    """Words at addresses; what is not listed reads as 0 until it is written."""

    def __init__(self, chip_name: str, mac: bytes, flash_size: int):
        mac_high, mac_low = struct.unpack(">HI", mac)
        self._words = AFTER_RESET[chip_name](mac_low, mac_high)
        self._spi = SPI_LAYOUTS[chip_name]
        self._flash_size = flash_size

    def read(self, address: int) -> int:
        return self._words.get(address, 0)

    def write(self, address: int, value: int, mask: int) -> None:
        if address == ROM_MAGIC:
            return
        self._words[address] = self.read(address) & ~mask | value & mask
        if address == self._spi.cmd and value & SPI_USR:
            run_user_command(self._spi, self._words, self._flash_size)
