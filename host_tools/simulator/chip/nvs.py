"""Non-volatile storage, as `esp32.NVS` offers it.

The simulator's own format, not ESP-IDF's pages: the partition is two halves that take turns, so that a power
cut during a commit leaves the one before.  A half is a header (magic, sequence number, length and CRC-32 of
what follows) and a CBOR map {namespace: {key: int or bytes}}.
"""

import struct
import zlib
from dataclasses import dataclass, field

import cbor2

from host_tools.images.partitions import Partition
from host_tools.simulator.flash import SECTOR, NorFlash
from host_tools.simulator.vm.files import CallFile

MAGIC = b"cnvs"
HEADER = struct.Struct("<4sIII")
FRAME = struct.Struct("<ii16s16s")  # operation and number; back: ESP-IDF error (0: none) and number; names
SET_I32, GET_I32, SET_BLOB, GET_BLOB, ERASE_KEY, COMMIT, OPEN = range(7)
NAME_LENGTH = 15
# ESP-IDF's nvs.h
NOT_FOUND, TYPE_MISMATCH, NOT_ENOUGH_SPACE = 0x1102, 0x1103, 0x1105
KEY_TOO_LONG, INVALID_LENGTH = 0x1109, 0x110C


class NvsError(Exception):
    """`args[0]` is ESP-IDF's number."""


@dataclass
class Half:
    offset: int
    sequence: int = 0
    values: dict[str, dict[str, int | bytes]] = field(default_factory=dict)


class Nvs(CallFile):
    """`/dev/nvs`.  What is set is seen at once by every namespace object, and kept from `COMMIT` on."""

    def __init__(self, flash: NorFlash, partition: Partition):
        self._flash = flash
        self._size = partition.size // 2 // SECTOR * SECTOR
        halves = [self._read(partition.offset), self._read(partition.offset + self._size)]
        self._spare, current = sorted(halves, key=lambda half: half.sequence)
        self._current = current
        self._values = {space: dict(keys) for space, keys in current.values.items()}

    def get(self, space: str, key: str) -> int | bytes | None:
        """A value, from outside; None if there is none."""
        return self._values.get(space, {}).get(key)

    def put(self, space: str, key: str, blob: bytes) -> None:
        """Set a value from outside, and keep it."""
        self._values.setdefault(space, {})[key] = blob
        self._commit()

    def call(self, frame: bytes) -> bytes:
        operation, number, space, key = FRAME.unpack_from(frame)
        data = frame[FRAME.size :]
        error = 0
        try:
            number, data = self._do(operation, number, _name(space), _name(key), data)
        except NvsError as failure:
            error = failure.args[0]
        return FRAME.pack(error, number, space, key) + data

    def _do(self, operation: int, number: int, space: str, key: str, data: bytes) -> tuple[int, bytes]:
        values = self._values.setdefault(space, {})
        if operation == SET_I32:
            values[key] = number
        elif operation == SET_BLOB:
            values[key] = data
        elif operation == COMMIT:
            self._commit()
        elif operation == GET_BLOB:
            blob = self._value(values, key, bytes)
            if len(blob) > len(data):
                raise NvsError(INVALID_LENGTH)
            return len(blob), blob + data[len(blob) :]
        elif operation == GET_I32:
            return self._value(values, key, int), data
        elif operation == ERASE_KEY and values.pop(key, None) is None:
            raise NvsError(NOT_FOUND)
        return 0, data

    @staticmethod
    def _value(values: dict, key: str, kind: type):
        if key not in values:
            raise NvsError(NOT_FOUND)
        if not isinstance(values[key], kind):
            raise NvsError(TYPE_MISMATCH)
        return values[key]

    def _commit(self) -> None:
        if self._values == self._current.values:
            return
        content = cbor2.dumps(self._values)
        if HEADER.size + len(content) > self._size:
            raise NvsError(NOT_ENOUGH_SPACE)
        half = Half(self._spare.offset, self._current.sequence + 1, cbor2.loads(content))
        header = HEADER.pack(MAGIC, half.sequence, len(content), zlib.crc32(content))
        self._flash.erase(half.offset, self._size)
        self._flash.program(half.offset, header + content)
        self._spare, self._current = self._current, half

    def _read(self, offset: int) -> Half:
        """What a half holds; sequence 0 and nothing when it is blank or broken."""
        raw = self._flash.read(offset, self._size)
        magic, sequence, length, crc = HEADER.unpack_from(raw)
        content = raw[HEADER.size : HEADER.size + length]
        if magic != MAGIC or zlib.crc32(content) != crc:
            return Half(offset)
        return Half(offset, sequence, cbor2.loads(content))


def _name(raw: bytes) -> str:
    """A name that fills its field has at least one character too many: it was cut off there."""
    if raw[NAME_LENGTH]:
        raise NvsError(KEY_TOO_LONG)
    return raw.split(b"\0", 1)[0].decode()
