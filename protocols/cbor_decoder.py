"""CBOR bytes (RFC 8949) to what a node has to read.

Takes well-formed, valid CBOR, indefinite lengths and longer heads than necessary included, with
these limits:

- Tags, floats and simple values but false, true and null are for `protocols.cbor`: the node's peers
  send none.
- Arrays, maps and tags nest up to `MAX_DEPTH`.
- No length is believed beyond the bytes that are there: memory and time grow with the input, not with
  what it announces.
- Map keys are those that Python can hash (no arrays or maps), and they differ in Python: 1, 1.0 and
  true do not, nor do 0.0 and -0.0.  NaN, which equals nothing, is no key.
"""

from protocols.cbor_values import (
    ARRAY,
    BYTE_STRING,
    FALSE,
    MAP,
    MAX_DEPTH,
    NEGATIVE,
    NULL,
    SIMPLE,
    TAG,
    TEXT_STRING,
    TRUE,
    UNSIGNED,
)
from protocols.errors import DecodeError

INDEFINITE = 31  # additional information; with major type SIMPLE it is the "break" (section 3.2)
BREAK = b"\xff"
SIMPLE_VALUES = {FALSE: False, TRUE: True, NULL: None}


def loads(data):
    """The one item that the bytes `data` encode.  DecodeError on anything else, whatever the bytes."""
    return Decoder(bytes(data)).only_item()


class Decoder:
    """Reads items from `data`; `at` is where the next one begins.  `tag` and `simple` are for a subclass."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def only_item(self):
        item = self.item(0)
        if self.at != len(self.data):
            raise DecodeError("bytes behind the item")
        return item

    def take(self, size):
        start, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise DecodeError("CBOR is cut off")
        return self.data[start : self.at]

    def head(self):
        """The major type, the additional information and the argument (None: INDEFINITE)."""
        initial = self.take(1)[0]
        major, info = initial >> 5, initial & 0x1F
        if info < 24:
            return major, info, info
        if info < 28:
            return major, info, int.from_bytes(self.take(1 << (info - 24)), "big")
        if info == INDEFINITE:
            return major, info, None
        raise DecodeError("a reserved head")

    def item(self, depth):
        major, info, argument = self.head()
        if major == SIMPLE:
            return self.simple(info, argument)
        if argument is None and major in (UNSIGNED, NEGATIVE, TAG):
            raise DecodeError("of indefinite length")
        if major == UNSIGNED:
            return argument
        if major == NEGATIVE:
            return -1 - argument
        if major in (BYTE_STRING, TEXT_STRING):
            return self.string(major, argument)
        if depth == MAX_DEPTH:
            raise DecodeError("nested too deep")
        if major in (ARRAY, MAP) and argument is not None and argument > len(self.data) - self.at:
            raise DecodeError("more announced than there is")
        if major == ARRAY:
            return self.array(argument, depth + 1)
        if major == MAP:
            return self.map(argument, depth + 1)
        return self.tag(argument, depth + 1)

    def ended(self, length, count):
        """Whether a container of `length` items (None: up to the break) is complete with `count`."""
        if length is not None:
            return count == length
        if self.data[self.at : self.at + 1] != BREAK:
            return False
        self.at += 1
        return True

    def string(self, major, length):
        if length is not None:
            data = self.take(length)
            return data if major == BYTE_STRING else _text(data)
        chunks = []
        while not self.ended(None, 0):
            chunk_major, _, chunk_length = self.head()
            if chunk_major != major or chunk_length is None:
                raise DecodeError("a wrong chunk")
            chunks.append(self.string(major, chunk_length))
        return (b"" if major == BYTE_STRING else "").join(chunks)

    def array(self, length, depth):
        items = []
        while not self.ended(length, len(items)):
            items.append(self.item(depth))
        return items

    def map(self, length, depth):
        result = {}
        while not self.ended(length, len(result)):
            key = self.item(depth)
            try:
                hash(key)  # `in` would not: MicroPython looks nothing up in an empty dict
            except TypeError:
                raise DecodeError("no map key")
            if key in result or key != key:
                raise DecodeError("a map key twice")
            result[key] = self.item(depth)
        return result

    def tag(self, number, depth):
        raise DecodeError("a CBOR tag")

    def simple(self, info, argument):
        if info < 24 and argument in SIMPLE_VALUES:
            return SIMPLE_VALUES[argument]
        raise DecodeError("a float or simple value")


def _text(data):
    """UTF-8 to the letter of RFC 3629: MicroPython lets overlong forms and surrogates pass."""
    try:
        text = str(data, "utf-8")
    except UnicodeError:
        text = ""
    size = 0
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            break
        size += 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    if size != len(data):
        raise DecodeError("text is not UTF-8")
    return text
