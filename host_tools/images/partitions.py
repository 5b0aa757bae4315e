"""The ESP-IDF partition table: 32-byte rows at 0x8000 (ESP-IDF documentation "Partition Tables")."""

import hashlib
import struct
from dataclasses import dataclass

TABLE_OFFSET = 0x8000
TABLE_LENGTH = 0xC00
ROW = struct.Struct("<HBBII16sI")  # magic, type, subtype, offset, size, label, flags
ROW_MAGIC = 0x50AA
MD5_MAGIC = 0xEBEB
MD5_AT = 16  # of its row; the 14 bytes between magic and digest are 0xFF
END = b"\xff" * 4
ALIGNMENT = {"app": 0x10000, "data": 0x1000}

TYPES = {"app": 0x00, "data": 0x01}
SUBTYPES = {
    "app": {"factory": 0x00, "ota_0": 0x10, "ota_1": 0x11},
    "data": {"ota": 0x00, "phy": 0x01, "nvs": 0x02, "fat": 0x81, "spiffs": 0x82, "littlefs": 0x83},
}


class PartitionError(ValueError):
    """A table cannot be built or is not valid.

    `console` is what ESP-IDF's bootloader prints about it; the message is for people.
    """

    def __init__(self, message: str, console: str = ""):
        super().__init__(message)
        self.console = console


@dataclass(frozen=True)
class Partition:
    """One row; type and subtype by their ESP-IDF names, or as "0x.." where they have none."""

    label: str
    type: str
    subtype: str
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


def micropython_table(flash_size: int) -> list[Partition]:
    """MicroPython's single-app layout for 4 MiB and more, with its file system as a row of its own.

    MicroPython's own images since 1.26 leave the last row out; see `vfs_partition`.
    """
    return [
        Partition("nvs", "data", "nvs", 0x9000, 0x6000),
        Partition("phy_init", "data", "phy", 0xF000, 0x1000),
        Partition("factory", "app", "factory", 0x10000, 0x1F0000),
        Partition("vfs", "data", "fat", 0x200000, flash_size - 0x200000),
    ]


def vfs_partition(table: list[Partition], flash_size: int) -> Partition:
    """Where MicroPython keeps its file system on a chip with this table.

    Without a row for it, MicroPython takes all flash after the last partition (ports/esp32/main.c).
    """
    for row in table:
        if row.type == "data" and row.label in ("vfs", "ffat"):
            return row
    start = max(row.end for row in table)
    if start >= flash_size:
        raise PartitionError(
            f"no room for a file system: the partitions end at 0x{start:x} of 0x{flash_size:x}"
        )
    return Partition("vfs", "data", "fat", start, flash_size - start)


def build_table(table: list[Partition]) -> bytes:
    """The table's 0xC00 bytes, with its MD5; refuses rows that are misaligned or overlap."""
    _check_layout(table)
    rows = b"".join(
        ROW.pack(
            *(ROW_MAGIC, TYPES[row.type], SUBTYPES[row.type][row.subtype]),
            *(row.offset, row.size, row.label.encode(), 0),
        )
        for row in table
    )
    digest = struct.pack("<H", MD5_MAGIC).ljust(MD5_AT, b"\xff") + hashlib.md5(rows).digest()
    return (rows + digest).ljust(TABLE_LENGTH, b"\xff")


def parse_table(data: bytes, flash_size: int) -> list[Partition]:
    """The rows of a table read from flash, checked as ESP-IDF's bootloader does; none if it is blank."""
    table: list[Partition] = []
    position = 0
    digest_seen = False
    while position + ROW.size <= min(len(data), TABLE_LENGTH):
        row = bytes(data[position : position + ROW.size])
        (magic,) = struct.unpack_from("<H", row)
        if row.startswith(END):
            return table
        if magic == MD5_MAGIC and not digest_seen:
            if hashlib.md5(data[:position]).digest() != row[MD5_AT:]:
                raise PartitionError(
                    "the partition table's MD5 does not match", "flash_parts: Incorrect MD5 checksum"
                )
            digest_seen = True
        elif magic == ROW_MAGIC:
            table.append(_parse_row(row, len(table), flash_size))
        else:
            number = position // ROW.size
            raise PartitionError(
                f"row {number} of the partition table begins with 0x{magic:04x}",
                f"flash_parts: partition {number} invalid magic number 0x{magic:x}",
            )
        position += ROW.size
    raise PartitionError(
        "the partition table has no end", "flash_parts: partition table has no terminating entry, not valid"
    )


def _parse_row(row: bytes, number: int, flash_size: int) -> Partition:
    _magic, type_code, subtype_code, offset, size, label, _flags = ROW.unpack(row)
    type_name = _name(TYPES, type_code)
    subtype_name = _name(SUBTYPES.get(type_name, {}), subtype_code)
    name = label.split(b"\0", 1)[0].decode(errors="replace")
    if offset + size > flash_size:
        raise PartitionError(
            f'partition "{name}" ends at 0x{offset + size:x}, the flash at 0x{flash_size:x}',
            f"flash_parts: partition {number} invalid - offset 0x{offset:x} size 0x{size:x}"
            f" exceeds flash chip size 0x{flash_size:x}",
        )
    return Partition(name, type_name, subtype_name, offset, size)


def _name(names: dict[str, int], code: int) -> str:
    return next((name for name, number in names.items() if number == code), f"0x{code:02x}")


def _check_layout(table: list[Partition]) -> None:
    free_from = TABLE_OFFSET + 0x1000
    for row in sorted(table, key=lambda row: row.offset):
        if row.offset % ALIGNMENT[row.type] or row.size % 0x1000 or row.size <= 0:
            raise PartitionError(f'partition "{row.label}" at 0x{row.offset:x} is misaligned or empty')
        if row.offset < free_from:
            raise PartitionError(f'partition "{row.label}" overlaps what ends at 0x{free_from:x}')
        if len(row.label.encode()) > 16:
            raise PartitionError(f'partition label "{row.label}" is longer than 16 bytes')
        free_from = row.end
