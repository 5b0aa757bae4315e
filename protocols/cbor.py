"""CBOR (RFC 8949): `dumps` and `loads`, named as in cbor2.

    Python              CBOR
    int                 unsigned, negative; beyond 64 bits a bignum (tags 2 and 3)
    bytes, str          byte string, text string
    list (or a tuple)   array
    dict                map
    None, True, False   the simple values of these names
    float               float; always encoded as a double
    Tag                 any other tag

Encoding is deterministic (RFC 8949 section 4.2.1) except for floats, which are not shortened: the
shortest integer heads, definite lengths, and map keys in bytewise order of their encodings.  The
order matters on MicroPython, whose dicts have none.

Decoding takes all well-formed, valid CBOR, indefinite lengths included, with these limits: nesting
up to `MAX_DEPTH`; of the simple values only those above; map keys that Python can hash, and that
differ in Python (1, 1.0 and true do not).  On a board with single-precision floats a double is rounded.
"""

import struct

from protocols.errors import DecodeError, EncodeError

MAX_DEPTH = 16  # arrays, maps and tags inside each other: spares the node's stack, ends circular lists

# Major types (section 3.1)
UNSIGNED, NEGATIVE, BYTE_STRING, TEXT_STRING, ARRAY, MAP, TAG, SIMPLE = range(8)

INDEFINITE = 31  # additional information; with major type SIMPLE it is the "break" (section 3.2)
BREAK = b"\xff"
SIMPLE_VALUES = {20: False, 21: True, 22: None}  # section 3.3
FLOAT_FORMATS = {25: ">e", 26: ">f", 27: ">d"}
UNSIGNED_BIGNUM, NEGATIVE_BIGNUM = 2, 3  # tag numbers (section 3.4.3)


class Tag:
    """A tagged data item: `number` 0 to 2^64-1, and the `value` that it qualifies."""

    def __init__(self, number, value):
        self.number = number
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Tag) and (self.number, self.value) == (other.number, other.value)

    def __hash__(self):
        return hash((self.number, self.value))

    def __repr__(self):
        return "Tag(" + repr(self.number) + ", " + repr(self.value) + ")"


def dumps(obj):
    """The encoding of `obj` as bytes.  EncodeError: a type or a nesting depth that is not supported."""
    return _encoded(obj, 0)


def loads(data):
    """The one item that the bytes `data` encode.  DecodeError on anything else, whatever the bytes."""
    decoder = _Decoder(bytes(data))
    item = decoder.item(0)
    if decoder.at != len(decoder.data):
        raise DecodeError("bytes after the CBOR item")
    return item


def _encoded(obj, depth):
    out = bytearray()
    _encode(out, obj, depth)
    return bytes(out)


def _encode(out, obj, depth):
    if obj is None:
        out.append(0xF6)
    elif obj is True or obj is False:
        out.append(0xF5 if obj else 0xF4)
    elif isinstance(obj, int):
        _encode_int(out, obj)
    elif isinstance(obj, (bytes, bytearray)):
        _head(out, BYTE_STRING, len(obj))
        out.extend(obj)
    elif isinstance(obj, str):
        text = _utf8(obj)
        _head(out, TEXT_STRING, len(text))
        out.extend(text)
    elif isinstance(obj, float):
        out.append(SIMPLE << 5 | 27)
        out.extend(struct.pack(">d", obj))
    elif isinstance(obj, (list, tuple, dict, Tag)):
        if depth == MAX_DEPTH:
            raise EncodeError("nested deeper than " + str(MAX_DEPTH))
        _encode_container(out, obj, depth + 1)
    else:
        raise EncodeError("no CBOR for type " + type(obj).__name__)


def _encode_container(out, obj, depth):
    if isinstance(obj, Tag):
        if not (isinstance(obj.number, int) and 0 <= obj.number < 1 << 64):
            raise EncodeError("a tag number is an integer of 0 to 64 bits")
        _head(out, TAG, obj.number)
        _encode(out, obj.value, depth)
    elif isinstance(obj, dict):
        _head(out, MAP, len(obj))
        for key, value in sorted([(_encoded(k, depth), _encoded(v, depth)) for k, v in obj.items()]):
            out.extend(key)
            out.extend(value)
    else:
        _head(out, ARRAY, len(obj))
        for item in obj:
            _encode(out, item, depth)


def _encode_int(out, number):
    major, argument = (UNSIGNED, number) if number >= 0 else (NEGATIVE, -1 - number)
    if argument < 1 << 64:
        _head(out, major, argument)
        return
    size = 9
    while argument >> (8 * size):
        size += 1
    _head(out, TAG, UNSIGNED_BIGNUM if major == UNSIGNED else NEGATIVE_BIGNUM)
    _head(out, BYTE_STRING, size)
    out.extend(argument.to_bytes(size, "big"))


def _head(out, major, argument):
    """Section 3: the major type, and an argument below 2^64 in as few bytes as hold it."""
    if argument < 24:
        out.append(major << 5 | argument)
        return
    info, size = 24, 1
    while argument >> (8 * size):
        info += 1
        size *= 2
    out.append(major << 5 | info)
    out.extend(argument.to_bytes(size, "big"))


def _utf8(text):
    for character in text:
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise EncodeError("text with half of a surrogate pair")
    return text.encode()


class _Decoder:
    """Reads items from `data`; `at` is where the next one begins."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        start, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise DecodeError("CBOR ends inside an item")
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
        raise DecodeError("reserved additional information")

    def item(self, depth):
        major, info, argument = self.head()
        if major == SIMPLE:
            return self.simple(info, argument)
        if argument is None and major in (UNSIGNED, NEGATIVE, TAG):
            raise DecodeError("an integer or a tag of indefinite length")
        if major == UNSIGNED:
            return argument
        if major == NEGATIVE:
            return -1 - argument
        if major in (BYTE_STRING, TEXT_STRING):
            return self.string(major, argument)
        if depth == MAX_DEPTH:
            raise DecodeError("nested deeper than " + str(MAX_DEPTH))
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
                raise DecodeError("a string chunk of another type or of indefinite length")
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
                raise DecodeError("an array or a map as map key")
            if key in result:
                raise DecodeError("a map key twice")
            result[key] = self.item(depth)
        return result

    def tag(self, number, depth):
        content = self.item(depth)
        if number not in (UNSIGNED_BIGNUM, NEGATIVE_BIGNUM):
            return Tag(number, content)
        if not isinstance(content, bytes):
            raise DecodeError("a bignum that is not a byte string")
        magnitude = int.from_bytes(content, "big")
        return magnitude if number == UNSIGNED_BIGNUM else -1 - magnitude

    def simple(self, info, argument):
        if info in FLOAT_FORMATS:
            size = 1 << (info - 24)
            return struct.unpack(FLOAT_FORMATS[info], self.data[self.at - size : self.at])[0]
        if info == INDEFINITE:
            raise DecodeError("a break outside of anything of indefinite length")
        if info not in SIMPLE_VALUES:
            raise DecodeError("a simple value that is not supported")
        return SIMPLE_VALUES[info]


def _text(data):
    """UTF-8 to the letter of RFC 3629: MicroPython lets overlong forms and surrogates pass."""
    try:
        text = str(data, "utf-8")
    except UnicodeError:
        raise DecodeError("text is not UTF-8")
    size = 0
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise DecodeError("text is not UTF-8")
        size += 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
    if size != len(data):
        raise DecodeError("text is not UTF-8")
    return text
