"""CBOR items (RFC 8949) written one by one into a buffer that the caller owns; nothing is allocated.

    writer = Writer(buffer)
    writer.map(2)
    writer.int(1)
    writer.text(b"pole-1")
    writer.int(2)
    writer.array(0)
    message = memoryview(buffer)[: writer.position]

The caller sees to the structure: as many items after an array or a map as it announces (a map counts
pairs), one after a tag; and in a map the keys in ascending order of their encodings, which is what
makes an encoding deterministic (section 4.2.1).  All heads are as short as they can be.

Sizes are checked before anything is written, so that after an EncodeError the buffer holds complete
items up to `position`.  Who writes several that belong together notes `position` first, and sets it
back if one does not fit.

A float goes in with `raw`, from `cbor_floats.float_item`; a node's values are scaled integers.
Integers beyond 30 bits are objects on an ESP32 and so are allocated, as is an exception that is raised.
"""

from protocols.cbor_values import (
    ARRAY,
    BYTE_STRING,
    FALSE,
    MAP,
    NEGATIVE,
    NULL,
    SIMPLE,
    TAG,
    TEXT_STRING,
    TRUE,
    UNSIGNED,
)
from protocols.errors import EncodeError


class Writer:
    """Writes into `buffer`, a bytearray or a memoryview of one, from `start` on.

    `position` is where the next item goes.  All methods raise EncodeError if the buffer is too short
    for the item, or the item is not one of CBOR.
    """

    def __init__(self, buffer, start=0):
        self.buffer = buffer
        self.position = start

    def int(self, number):
        """An integer from -2^64 to 2^64-1."""
        if number < 0:
            self._head(NEGATIVE, -1 - number)
        else:
            self._head(UNSIGNED, number)

    def bytes(self, data):
        """A byte string."""
        self._string(BYTE_STRING, data)

    def text(self, utf8):
        """A text string, given as the bytes of its UTF-8: to encode a str is to allocate."""
        self._string(TEXT_STRING, utf8)

    def array(self, length):
        """The head of an array; `length` items have to follow."""
        self._head(ARRAY, length)

    def map(self, length):
        """The head of a map; `length` pairs have to follow, each a key and a value."""
        self._head(MAP, length)

    def tag(self, number):
        """A tag's number, 0 to 2^64-1; its content has to follow."""
        self._head(TAG, number)

    def null(self):
        self._head(SIMPLE, NULL)

    def bool(self, flag):
        self._head(SIMPLE, TRUE if flag else FALSE)

    def simple(self, value):
        """A simple value, 0 to 23 or 32 to 255 (section 3.3)."""
        if value > 255 or 24 <= value < 32:
            raise EncodeError("no such simple value")
        self._head(SIMPLE, value)

    def raw(self, data):
        """Bytes that are CBOR already."""
        at = self._take(len(data))
        self.buffer[at : at + len(data)] = data

    def _string(self, major, data):
        self._head(major, len(data), len(data))
        self.buffer[self.position - len(data) : self.position] = data

    def _head(self, major, argument, following=0):
        """Section 3: the major type, the argument in as few bytes as hold it; room for `following` bytes."""
        if argument >> 64:
            raise EncodeError("not 0 to 64 bits")
        size = info = 0
        if argument < 24:
            info = argument
        else:
            info, size = 24, 1
            while argument >> (8 * size):
                info += 1
                size *= 2
        at = self._take(1 + size + following)
        self.buffer[at] = major << 5 | info
        for i in range(size):
            self.buffer[at + size - i] = argument >> (8 * i) & 0xFF

    def _take(self, size):
        """Where the next `size` bytes go."""
        at = self.position
        if at + size > len(self.buffer):
            raise EncodeError("the buffer is full")
        self.position = at + size
        return at
