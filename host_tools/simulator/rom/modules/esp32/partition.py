"""`esp32.Partition`: a block device over a row of the partition table."""

from struct import pack_into, unpack_from

_TABLE, _ROW, _MAGIC, _ROWS = 0x8000, 32, 0x50AA, 95
_BLOCK = 4096
_HEADER = 8
_READ, _PROGRAM, _ERASE = range(3)
_BLOCK_COUNT, _BLOCK_SIZE, _BLOCK_ERASE = 4, 5, 6  # requests of a block device's ioctl


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
    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, id, block_size=_BLOCK):
        """id: a label; BOOT or RUNNING, the application that this chip boots: the table's first."""
        rows = [row for row in _rows() if (row[4] == id if isinstance(id, str) else row[0] == 0)]
        if not rows:
            raise OSError(2)
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

    def _at(self, block, offset, length):
        start = block * self._block + offset
        if start < 0 or start + length > self._info[3]:
            raise OSError(-0x104, "ESP_ERR_INVALID_SIZE")
        return self._info[2] + start

    def readblocks(self, block, buffer, offset=0):
        buffer[:] = _flash(_READ, self._at(block, offset, len(buffer)), buffer)

    def writeblocks(self, block, data, offset=None):
        """Erases first when there is no `offset`."""
        address = self._at(block, offset or 0, len(data))
        if offset is None:
            _flash(_ERASE, address, bytes(-(-len(data) // _BLOCK) * _BLOCK))
        _flash(_PROGRAM, address, data)

    def ioctl(self, request, argument):
        if request == _BLOCK_COUNT:
            return self._info[3] // self._block
        if request == _BLOCK_SIZE:
            return self._block
        if request == _BLOCK_ERASE:
            _flash(_ERASE, self._at(argument, 0, self._block), bytes(self._block))
            return 0

    def __repr__(self):
        return "<Partition type=%d, subtype=%d, address=%d, size=%d, label=%s, encrypted=%d>" % self._info
