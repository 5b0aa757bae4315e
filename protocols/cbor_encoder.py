"""What a node has to say as CBOR bytes, deterministically (RFC 8949 section 4.2.1).

That is integers, strings, lists, dicts, booleans and None; `protocols.cbor` has the rest.  Equal values
have one encoding: definite lengths, the shortest heads, map keys in bytewise order of their encodings.
The order matters on MicroPython, whose dicts have none.
"""

from protocols.cbor_values import MAX_DEPTH
from protocols.cbor_writer import Writer
from protocols.errors import EncodeError


def dumps(obj):
    """The encoding of `obj` as bytes.  EncodeError: a type, value or nesting depth that it has not."""
    return Encoder().encoded(obj, 0)


class Encoder(Writer):
    """A writer of objects, whose buffer grows; `other` is for the types of a subclass."""

    def __init__(self):
        super().__init__(bytearray())

    def _take(self, size):
        self.buffer.extend(bytes(size))
        return Writer._take(self, size)

    def encoded(self, obj, depth):
        """The bytes of an object that is `depth` containers deep."""
        encoder = type(self)()
        encoder.item(obj, depth)
        return bytes(encoder.buffer)

    def item(self, obj, depth):
        if obj is None:
            self.null()
        elif obj is True or obj is False:
            self.bool(obj)
        elif isinstance(obj, int):
            self.int(obj)
        elif isinstance(obj, (bytes, bytearray)):
            self.bytes(obj)
        elif isinstance(obj, str):
            self.text(_utf8(obj))
        elif isinstance(obj, (list, tuple)):
            self.array(len(obj))
            for item in obj:
                self.item(item, deeper(depth))
        elif isinstance(obj, dict):
            self._dict(obj, deeper(depth))
        else:
            self.other(obj, depth)

    def other(self, obj, depth):
        raise EncodeError("no CBOR for type " + type(obj).__name__)

    def _dict(self, obj, depth):
        self.map(len(obj))
        previous = None
        for key, value in sorted([(self.encoded(k, depth), self.encoded(v, depth)) for k, v in obj.items()]):
            if key == previous:  # NaN twice, or an integer and its bignum as a Tag
                raise EncodeError("a map key twice")
            self.raw(key)
            self.raw(value)
            previous = key


def deeper(depth):
    """The depth of what is in a container.  Raises EncodeError."""
    if depth == MAX_DEPTH:
        raise EncodeError("nested too deep")
    return depth + 1


def _utf8(text):
    for character in text:
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise EncodeError("half a surrogate pair")
    return text.encode()
