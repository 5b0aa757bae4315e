"""The loader in a chip's ROM: what it answers in download mode until a stub runs.

Facts: esptool documentation "Serial Protocol"; the `value` field of responses as seen in traces of
real chips, where it keeps the last word that was read.
"""

import hashlib
import struct
import zlib

from host_tools.chips import Chip
from host_tools.images.esp_image import xor_checksum
from host_tools.simulator.bootloader import packets
from host_tools.simulator.bootloader.flash_session import FlashSession, SessionOverflow
from host_tools.simulator.bootloader.packets import Command, CommandError, Op
from host_tools.simulator.bootloader.registers import Registers
from host_tools.simulator.flash import SECTOR, FlashAddressError, NorFlash

INVALID_MESSAGE = 0x105
FAILED = 0x106
CHECKSUM_ERROR = 0x107
FLASH_READ_ERROR = 0x109
FLASH_READ_LENGTH_ERROR = 0x10A
DEFLATE_ERROR = 0x10B
INVALID_RAM_ADDRESS = 0x10F

RESERVED = bytes(2)  # follows the two status bytes
SYNC_VALUE = 0x55201207  # the sync data, as autobaud detection leaves it
SYNC_RESPONSES = 8
UNKNOWN_RESPONSES = 8
SLOW_READ_LENGTH = 64
DEFAULT_FLASH_SIZE = 4 << 20  # until SPI_SET_PARAMS

# Lengths of the data of commands that have one fixed length
LENGTHS = {
    Op.FLASH_END: 4,
    Op.MEM_BEGIN: 16,
    Op.MEM_END: 8,
    Op.SYNC: 36,
    Op.READ_REG: 4,
    Op.SPI_SET_PARAMS: 24,
    Op.SPI_ATTACH: 8,
    Op.READ_FLASH_SLOW: 8,
    Op.CHANGE_BAUDRATE: 8,
    Op.FLASH_DEFL_END: 4,
    Op.SPI_FLASH_MD5: 16,
    Op.GET_SECURITY_INFO: 0,
}


class RomLoader:
    """`left` and `entry` say how the host ended it: it runs user code from flash, or code in RAM."""

    def __init__(self, chip: Chip, registers: Registers, flash: NorFlash):
        self.left = False
        self.entry: int | None = None
        self._chip = chip
        self._registers = registers
        self._flash = flash
        self._flash_size = 0  # no flash until SPI_ATTACH
        self._session: FlashSession | None = None
        self._ram: list[range] = []
        self._value = SYNC_VALUE

    def handle(self, command: Command) -> list[bytes]:
        """The packets to send in answer."""
        method = self._METHODS.get(command.op)
        if method is None or (command.op == Op.GET_SECURITY_INFO and self._chip.name == "esp32"):
            # The status says "invalid message", several times, and not under the command's number.
            return [self._response(0, b"", INVALID_MESSAGE)] * UNKNOWN_RESPONSES
        try:
            if len(command.data) != LENGTHS.get(command.op, len(command.data)):
                raise CommandError(INVALID_MESSAGE)
            data = method(self, command) or b""
        except CommandError as error:
            return [self._response(command.op, b"", error.code)]
        except (FlashAddressError, SessionOverflow):
            return [self._response(command.op, b"", FAILED)]
        repeats = SYNC_RESPONSES if command.op == Op.SYNC else 1
        return [self._response(command.op, data, 0)] * repeats

    def _response(self, op: int, data: bytes, status: int) -> bytes:
        return packets.response(op, self._value, data + status.to_bytes(2, "big") + RESERVED)

    def _sync(self, command: Command) -> None:
        if command.data != packets.SYNC_DATA:
            raise CommandError(INVALID_MESSAGE)
        self._value = SYNC_VALUE

    def _read_reg(self, command: Command) -> None:
        self._value = self._registers.read(command.words()[0])

    def _write_reg(self, command: Command) -> None:
        write_registers(command, self._registers, INVALID_MESSAGE)

    def _get_security_info(self, _command: Command) -> bytes:
        return security_info(self._chip)

    def _mem_begin(self, command: Command) -> None:
        size, _blocks, _block_size, address = command.words()
        memory = self._chip.iram if address in self._chip.iram else self._chip.dram
        if address not in memory or address + size > memory.stop:
            raise CommandError(INVALID_RAM_ADDRESS)
        self._ram.append(range(address, address + size))

    def _mem_data(self, command: Command) -> None:
        if not self._ram:
            raise CommandError(FAILED)
        checked_block(command)

    def _mem_end(self, command: Command) -> None:
        stay, entry = command.words()
        if stay:
            return
        if not any(entry in uploaded for uploaded in self._ram):
            raise CommandError(FAILED)
        self.entry = entry

    def _spi_attach(self, _command: Command) -> None:
        self._flash_size = min(DEFAULT_FLASH_SIZE, self._flash.size)

    def _spi_set_params(self, command: Command) -> None:
        if self._flash_size:
            self._flash_size = min(command.words()[1], self._flash.size)

    def _flash_begin(self, command: Command, compressed: bool = False) -> None:
        extended = self._chip.name != "esp32"  # a word "encrypt"; the first ROM has no such parameter
        if len(command.data) != (20 if extended else 16):
            raise CommandError(INVALID_MESSAGE)
        length, _blocks, _block_size, offset = command.words()[:4]
        if offset % SECTOR or offset + length > self._flash_size:
            raise CommandError(FAILED)
        self._session = FlashSession(self._flash, offset, length, compressed)
        self._session.erase_all()

    def _flash_defl_begin(self, command: Command) -> None:
        self._flash_begin(command, compressed=True)

    def _flash_data(self, command: Command) -> None:
        sequence, data = checked_block(command)
        if self._session is None or sequence != self._session.next_sequence:
            raise CommandError(FAILED)
        try:
            self._session.write(data)
        except zlib.error as error:
            raise CommandError(DEFLATE_ERROR) from error
        self._session.next_sequence += 1

    def _flash_end(self, command: Command) -> None:
        if self._session is None:
            raise CommandError(FAILED)
        self.left = True

    def _spi_flash_md5(self, command: Command) -> bytes:
        address, length = command.words()[:2]
        return hashlib.md5(self._read(address, length)).hexdigest().encode()

    def _read_flash_slow(self, command: Command) -> bytes:
        address, length = command.words()
        if length > SLOW_READ_LENGTH:
            raise CommandError(FLASH_READ_LENGTH_ERROR)
        return self._read(address, length).ljust(SLOW_READ_LENGTH, b"\0")

    def _read(self, address: int, length: int) -> bytes:
        if address + length > self._flash_size:
            raise CommandError(FLASH_READ_ERROR)
        return self._flash.read(address, length)

    def _change_baudrate(self, _command: Command) -> None:
        """The line is not modelled here: both ends are taken to agree."""

    _METHODS = {
        Op.FLASH_BEGIN: _flash_begin,
        Op.FLASH_DATA: _flash_data,
        Op.FLASH_END: _flash_end,
        Op.MEM_BEGIN: _mem_begin,
        Op.MEM_END: _mem_end,
        Op.MEM_DATA: _mem_data,
        Op.SYNC: _sync,
        Op.WRITE_REG: _write_reg,
        Op.READ_REG: _read_reg,
        Op.SPI_SET_PARAMS: _spi_set_params,
        Op.SPI_ATTACH: _spi_attach,
        Op.READ_FLASH_SLOW: _read_flash_slow,
        Op.CHANGE_BAUDRATE: _change_baudrate,
        Op.FLASH_DEFL_BEGIN: _flash_defl_begin,
        Op.FLASH_DEFL_DATA: _flash_data,
        Op.FLASH_DEFL_END: _flash_end,
        Op.SPI_FLASH_MD5: _spi_flash_md5,
        Op.GET_SECURITY_INFO: _get_security_info,
    }


def checked_block(command: Command) -> tuple[int, bytes]:
    """(sequence number, content) of a ..._DATA command whose length and checksum are right."""
    if len(command.data) < packets.BLOCK_HEADER.size:
        raise CommandError(INVALID_MESSAGE)
    length, sequence, data = command.block()
    if length != len(data):
        raise CommandError(INVALID_MESSAGE)
    if xor_checksum(data) != command.checksum:
        raise CommandError(CHECKSUM_ERROR)
    return sequence, data


def write_registers(command: Command, registers: Registers, refusal: int) -> None:
    """WRITE_REG: one or more of (address, value, mask, delay)."""
    words = command.words()
    if not words or len(command.data) % 16:
        raise CommandError(refusal)
    for address, value, mask, _delay_us in zip(*[iter(words)] * 4, strict=True):
        registers.write(address, value, mask)


def security_info(chip: Chip) -> bytes:
    """No flags, no encryption, no key purposes; chip id and API version 0."""
    return struct.pack("<IB7BII", 0, 0, *[0] * 7, chip.image_chip_id, 0)
