"""The flasher stub that esptool loads into RAM: the same commands and more, answered in its own way.

Its code is not executed; this behaves like it (github.com/espressif/esp-flasher-stub).  It answers
a block of data before it writes it, so that an error shows in the answer to the next command.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable

from host_tools.chips import Chip
from host_tools.images.esp_image import xor_checksum
from host_tools.simulator.bootloader import packets
from host_tools.simulator.bootloader.flash_session import FlashSession, SessionOverflow
from host_tools.simulator.bootloader.packets import Command, CommandError, Op
from host_tools.simulator.bootloader.registers import Registers
from host_tools.simulator.bootloader.rom import security_info, write_registers
from host_tools.simulator.flash import SECTOR, FlashAddressError, NorFlash

GREETING = b"OHAI"

BAD_DATA_LENGTH = 0xC000
BAD_DATA_CHECKSUM = 0xC100
INVALID_COMMAND = 0xC300
FAILED_SPI_OPERATION = 0xC400
NOT_IN_FLASH_MODE = 0xC600
INFLATE_ERROR = 0xC700
NOT_ENOUGH_DATA = 0xC800
TOO_MUCH_DATA = 0xC900
NOT_IMPLEMENTED = 0xFF00

SYNC_RESPONSES = 8
READ_PACKET_LIMIT = 4096

LENGTHS = {
    Op.FLASH_END: 4,
    Op.SYNC: 36,
    Op.READ_REG: 4,
    Op.SPI_SET_PARAMS: 24,
    Op.SPI_ATTACH: 4,
    Op.CHANGE_BAUDRATE: 8,
    Op.FLASH_DEFL_END: 4,
    Op.SPI_FLASH_MD5: 16,
    Op.GET_SECURITY_INFO: 0,
    Op.ERASE_REGION: 8,
    Op.READ_FLASH: 16,
}


class StubLoader:
    """A running stub."""

    def __init__(self, chip: Chip, registers: Registers, flash: NorFlash):
        self._chip = chip
        self._registers = registers
        self._flash = flash
        self._session: FlashSession | None = None
        self._value = 0  # only READ_REG answers with one
        self._after_response: Callable[[], None] | None = None
        self._deferred_error = 0
        self._reading: FlashReading | None = None

    def handle_packet(self, packet: bytes) -> list[bytes]:
        """The packets to send in answer to one from the host."""
        if self._reading:
            return self._read_on(acknowledgement=packet)
        command = packets.parse(packet)
        if command is None:
            return (
                [] if len(packet) < packets.HEADER.size else [self._response(packet[1], b"", BAD_DATA_LENGTH)]
            )
        if command.op == Op.RUN_USER_CODE:  # not implemented in the stub either; it does not answer
            return []
        return self._run(command)

    def _run(self, command: Command) -> list[bytes]:
        if self._deferred_error:
            error, self._deferred_error = self._deferred_error, 0
            return [self._response(command.op, b"", error)]
        self._value = 0
        self._after_response = None
        try:
            if len(command.data) != LENGTHS.get(command.op, len(command.data)):
                raise CommandError(BAD_DATA_LENGTH)
            method = self._METHODS.get(command.op)
            if method is None:
                raise CommandError(INVALID_COMMAND)
            data = method(self, command) or b""
        except CommandError as error:
            return [self._response(command.op, b"", error.code)]
        except FlashAddressError:
            return [self._response(command.op, b"", FAILED_SPI_OPERATION)]
        repeats = SYNC_RESPONSES if command.op == Op.SYNC else 1
        answer = [self._response(command.op, data, 0)] * repeats
        if self._after_response:
            self._after_response()
        return answer + self._read_on()

    def _read_on(self, acknowledgement: bytes | None = None) -> list[bytes]:
        if self._reading is None:
            return []
        answer = self._reading.next_packets(acknowledgement)
        if self._reading.done:
            self._reading = None
        return answer

    def _response(self, op: int, data: bytes, status: int) -> bytes:
        return packets.response(op, self._value, data + status.to_bytes(2, "big"))

    def _nothing(self, _command: Command) -> None:
        """Accepted without effect: the flash is attached, its size known, the line always right."""

    def _read_reg(self, command: Command) -> None:
        self._value = self._registers.read(command.words()[0])

    def _write_reg(self, command: Command) -> None:
        write_registers(command, self._registers, NOT_ENOUGH_DATA)

    def _get_security_info(self, _command: Command) -> bytes:
        if self._chip.name == "esp32":
            raise CommandError(NOT_IMPLEMENTED)
        return security_info(self._chip)

    def _flash_begin(self, command: Command, compressed: bool = False) -> None:
        if len(command.data) not in (16, 20):
            raise CommandError(BAD_DATA_LENGTH)
        length, _blocks, _block_size, offset = command.words()[:4]
        self._session = FlashSession(self._flash, offset, length, compressed)

    def _flash_defl_begin(self, command: Command) -> None:
        self._flash_begin(command, compressed=True)

    def _flash_data(self, command: Command) -> None:
        if len(command.data) < packets.BLOCK_HEADER.size:
            raise CommandError(NOT_ENOUGH_DATA)
        if self._session is None:
            raise CommandError(NOT_IN_FLASH_MODE)
        length, _sequence, data = command.block()
        if length != len(data):
            raise CommandError(TOO_MUCH_DATA)
        if xor_checksum(data) != command.checksum:
            raise CommandError(BAD_DATA_CHECKSUM)
        session = self._session
        self._after_response = lambda: self._write(session, data)

    def _write(self, session: FlashSession, data: bytes) -> None:
        try:
            session.write(data)
        except zlib.error:
            self._deferred_error = INFLATE_ERROR
        except SessionOverflow:
            self._deferred_error = TOO_MUCH_DATA
        except FlashAddressError:
            self._deferred_error = FAILED_SPI_OPERATION

    def _flash_end(self, _command: Command) -> None:
        """Ends the download; the reboot flag has no effect in the stub, it stays in charge."""
        if self._session is None:
            raise CommandError(NOT_IN_FLASH_MODE)
        if self._session.remaining:
            raise CommandError(BAD_DATA_LENGTH)
        self._session = None

    def _spi_flash_md5(self, command: Command) -> bytes:
        address, length = command.words()[:2]
        return hashlib.md5(self._flash.read(address, length)).digest()

    def _erase_flash(self, _command: Command) -> None:
        self._flash.erase(0, self._flash.size)

    def _erase_region(self, command: Command) -> None:
        address, length = command.words()
        if address % SECTOR or length % SECTOR:
            raise CommandError(BAD_DATA_LENGTH)
        self._flash.erase(address, length)

    def _read_flash(self, command: Command) -> None:
        address, length, packet_length, _unacknowledged = command.words()
        if not 0 < packet_length <= READ_PACKET_LIMIT:
            raise CommandError(BAD_DATA_LENGTH)
        self._reading = FlashReading(self._flash.read(address, length), packet_length)

    _METHODS = {
        Op.FLASH_BEGIN: _flash_begin,
        Op.FLASH_DATA: _flash_data,
        Op.FLASH_END: _flash_end,
        Op.SYNC: _nothing,
        Op.WRITE_REG: _write_reg,
        Op.READ_REG: _read_reg,
        Op.SPI_SET_PARAMS: _nothing,
        Op.SPI_ATTACH: _nothing,
        Op.CHANGE_BAUDRATE: _nothing,
        Op.FLASH_DEFL_BEGIN: _flash_defl_begin,
        Op.FLASH_DEFL_DATA: _flash_data,
        Op.FLASH_DEFL_END: _flash_end,
        Op.SPI_FLASH_MD5: _spi_flash_md5,
        Op.GET_SECURITY_INFO: _get_security_info,
        Op.ERASE_FLASH: _erase_flash,
        Op.ERASE_REGION: _erase_region,
        Op.READ_FLASH: _read_flash,
    }


class FlashReading:
    """READ_FLASH in progress: raw packets, each acknowledged with the total received; then the MD5."""

    def __init__(self, content: bytes, packet_length: int):
        self.done = False
        self._content = content
        self._packet_length = packet_length
        self._sent = 0

    def next_packets(self, acknowledgement: bytes | None) -> list[bytes]:
        """What follows an acknowledgement; anything else from the host ends the reading with the MD5."""
        if acknowledgement is not None and len(acknowledgement) != struct.calcsize("<I"):
            self._sent = len(self._content)
        if self._sent == len(self._content):
            self.done = True
            return [hashlib.md5(self._content).digest()]
        packet = self._content[self._sent : self._sent + self._packet_length]
        self._sent += len(packet)
        return [packet]
