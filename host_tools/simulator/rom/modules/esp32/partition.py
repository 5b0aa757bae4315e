"""`esp32.Partition`: a block device over a row of the partition table."""

from errno import EINVAL, ENOENT
from struct import pack_into, unpack_from

_TABLE, _ROW, _MAGIC, _ROWS = 0x8000, 32, 0x50AA, 95
_BLOCK = 4096
_HEADER = 8
_READ, _PROGRAM, _ERASE = range(3)
# Requests of a block device's ioctl
_INIT, _DEINIT, _SYNC, _BLOCK_COUNT, _BLOCK_SIZE, _BLOCK_ERASE = range(1, 7)
_OTA = range(0x10, 0x20)  # subtypes of the applications that updates take turns in
# ESP-IDF's errors
_INVALID_ARG = (-0x102, "ESP_ERR_INVALID_ARG")
_INVALID_SIZE = (-0x104, "ESP_ERR_INVALID_SIZE")
_NOT_FOUND = (-0x105, "ESP_ERR_NOT_FOUND")
_VALIDATE_FAILED = (-0x1503, "ESP_ERR_OTA_VALIDATE_FAILED")


def _flash(operation, address, data):
    frame = bytearray(_HEADER) + data
    pack_into("<ii", frame, 0, operation, address)
    with open("/dev/flash", "r+b") as file:
        file.readinto(frame)
    return frame[_HEADER:]


def _rows():
    """(type, subtype, address, size, label, encrypted) of each row."""
    table = _flash(_READ, _TABLE, bytearray(_ROW * _ROWS))
    for at in range(0, len(table), _ROW):
        magic, kind, subtype, address, size, label, flags = unpack_from("<HBBII16sI", table, at)
        if magic != _MAGIC:
            return
        yield kind, subtype, address, size, label.rstrip(b"\0").decode(), bool(flags & 1)


class Partition:
    """Applications do not take turns here: the chip boots the table's first, and has no OTA data."""

    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, id, block_size=_BLOCK):
        """id: a label; BOOT or RUNNING, the application that this chip boots."""
        if not isinstance(id, str) and id not in (self.BOOT, self.RUNNING):
            raise ValueError
        rows = [row for row in _rows() if (row[4] == id if isinstance(id, str) else row[0] == 0)]
        if not rows:
            raise OSError(ENOENT)
        self._info = rows[0]
        self._block = block_size

    @classmethod
    def find(cls, type=TYPE_APP, subtype=0xFF, label=None, block_size=_BLOCK):
        return [
            cls(row[4], block_size)
            for row in _rows()
            if row[0] == type and subtype in (0xFF, row[1]) and label in (None, row[4])
        ]

    def info(self):
        """(type, subtype, address, size, label, encrypted)"""
        return self._info

    def _at(self, start, length):
        if not 0 <= start <= self._info[3]:
            raise OSError(*_INVALID_ARG)
        if start + length > self._info[3]:
            raise OSError(*_INVALID_SIZE)
        return self._info[2] + start

    def _erase(self, start, length):
        address = self._at(start, length)
        if length % _BLOCK:
            raise OSError(*_INVALID_SIZE)
        _flash(_ERASE, address, bytes(length))

    def readblocks(self, block, buffer, offset=0):
        start = block * self._block + offset
        buffer[:] = _flash(_READ, self._at(start, len(buffer)), buffer)

    def writeblocks(self, block, data, offset=None):
        """Erases first when there is no `offset`; then `data` is whole blocks."""
        start = block * self._block + (offset or 0)
        if offset is None and self._block < _BLOCK:
            return self._overwrite(start, data)
        if offset is None:
            self._erase(start, len(data))
        _flash(_PROGRAM, self._at(start, len(data)), data)

    def _overwrite(self, start, data):
        """Blocks smaller than what can be erased: what else is there is written again."""
        first = start - start % _BLOCK
        length = -(-(start + len(data)) // _BLOCK) * _BLOCK - first
        content = _flash(_READ, self._at(first, length), bytes(length))
        content[start - first : start - first + len(data)] = data
        self._erase(first, length)
        _flash(_PROGRAM, self._at(first, length), content)

    def ioctl(self, request, argument):
        if request in (_INIT, _DEINIT, _SYNC):
            return 0
        if request == _BLOCK_COUNT:
            return self._info[3] // self._block
        if request == _BLOCK_SIZE:
            return self._block
        if request == _BLOCK_ERASE:
            if self._block != _BLOCK:
                return -EINVAL
            self._erase(argument * _BLOCK, _BLOCK)
            return 0

    def set_boot(self):
        raise OSError(*(_VALIDATE_FAILED if self._info[0] != self.TYPE_APP else _NOT_FOUND))

    def get_next_update(self):
        """The next of the applications that updates take turns in; ENOENT in a table that has none."""
        labels = [row[4] for row in sorted(_rows()) if row[0] == self.TYPE_APP and row[1] in _OTA]
        if not labels:
            raise OSError(ENOENT)
        mine = self._info[4]
        return Partition(labels[(labels.index(mine) + 1) % len(labels) if mine in labels else 0])

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        raise OSError(*_NOT_FOUND)

    def __repr__(self):
        return "<Partition type=%d, subtype=%d, address=%d, size=%d, label=%s, encrypted=%d>" % self._info
