"""Commands and responses of the serial bootloader (esptool documentation, "Serial Protocol")."""

import struct
from dataclasses import dataclass
from enum import IntEnum

REQUEST, RESPONSE = 0, 1
HEADER = struct.Struct("<BBHI")  # direction, command, length of data, checksum or value
BLOCK_HEADER = struct.Struct("<II8x")  # length, sequence number

SYNC_DATA = b"\x07\x07\x12\x20" + b"\x55" * 32


class Op(IntEnum):
    FLASH_BEGIN = 0x02
    FLASH_DATA = 0x03
    FLASH_END = 0x04
    MEM_BEGIN = 0x05
    MEM_END = 0x06
    MEM_DATA = 0x07
    SYNC = 0x08
    WRITE_REG = 0x09
    READ_REG = 0x0A
    SPI_SET_PARAMS = 0x0B
    SPI_ATTACH = 0x0D
    READ_FLASH_SLOW = 0x0E  # ROM only
    CHANGE_BAUDRATE = 0x0F
    FLASH_DEFL_BEGIN = 0x10
    FLASH_DEFL_DATA = 0x11
    FLASH_DEFL_END = 0x12
    SPI_FLASH_MD5 = 0x13
    GET_SECURITY_INFO = 0x14
    ERASE_FLASH = 0xD0  # this and what follows: stub only
    ERASE_REGION = 0xD1
    READ_FLASH = 0xD2
    RUN_USER_CODE = 0xD3


@dataclass(frozen=True)
class Command:
    op: int
    data: bytes
    checksum: int

    def words(self) -> tuple[int, ...]:
        """The data as 32-bit words; what is left over at the end is ignored."""
        count = len(self.data) // 4
        return struct.unpack_from(f"<{count}I", self.data)

    def block(self) -> tuple[int, int, bytes]:
        """(announced length, sequence number, content) of a ..._DATA command."""
        length, sequence = BLOCK_HEADER.unpack_from(self.data)
        return length, sequence, self.data[BLOCK_HEADER.size :]


class CommandError(Exception):
    """A loader refuses a command; `code` is the status that the host gets."""

    def __init__(self, code: int):
        super().__init__(f"bootloader error 0x{code:x}")
        self.code = code


def parse(packet: bytes) -> Command | None:
    """The command in a packet, or None: not a request, or its length is wrong."""
    if len(packet) < HEADER.size:
        return None
    direction, op, length, checksum = HEADER.unpack_from(packet)
    data = packet[HEADER.size :]
    if direction != REQUEST or length != len(data):
        return None
    return Command(op, data, checksum)


def response(op: int, value: int, data: bytes) -> bytes:
    """A response packet; `data` ends with the status bytes."""
    return HEADER.pack(RESPONSE, op, len(data), value) + data
