"""What CBOR (RFC 8949) has and Python has not: tags and simple values; and the numbers of both its codecs."""

MAX_DEPTH = 16  # arrays, maps and tags inside each other: spares the node's stack, ends circular lists

# Major types (section 3.1)
UNSIGNED, NEGATIVE, BYTE_STRING, TEXT_STRING, ARRAY, MAP, TAG, SIMPLE = range(8)

FALSE, TRUE, NULL = 20, 21, 22  # simple values (section 3.3)
UNSIGNED_BIGNUM, NEGATIVE_BIGNUM = 2, 3  # tag numbers (section 3.4.3)


class Tag:
    """A tagged data item: `number` 0 to 2^64-1, and the `value` that it qualifies."""

    def __init__(self, number, value):
        self.number = number
        self.value = value

    def __eq__(self, other):
        # No tuples here: they would call NaN equal to itself, and that must not become a map key.
        return isinstance(other, Tag) and self.number == other.number and self.value == other.value

    def __hash__(self):
        return hash((self.number, self.value))

    def __repr__(self):
        return "Tag(" + repr(self.number) + ", " + repr(self.value) + ")"


class Simple:
    """A simple value without a Python object: `value` 0 to 19, or 32 to 255; 23 is UNDEFINED."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Simple) and self.value == other.value

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return "Simple(" + repr(self.value) + ")"


UNDEFINED = Simple(23)
