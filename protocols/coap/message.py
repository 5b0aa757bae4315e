"""The CoAP message and its bytes, to the letter of RFC 7252 section 3."""

from protocols.coap.numbers import (
    CON,
    CONTENT_FORMAT,
    EMPTY,
    LONGEST,
    NOT_EMPTY,
    REPEATABLE,
    RST,
    URI_PATH,
    is_critical,
    is_request,
    is_response,
)
from protocols.errors import DecodeError, EncodeError

VERSION = 1
HEADER_SIZE = 4
MAX_TOKEN = 8
PAYLOAD_MARKER = 0xFF
EXTENDED_8, EXTENDED_16, RESERVED = 13, 14, 15  # nibbles of an option's delta and length (section 3.1)


class Message:
    """One CoAP message.

    `type` and `code` are from `numbers`, `message_id` is 0 to 65535, `token` 0 to 8 bytes, `payload`
    bytes.  `options` is a list of (number, value bytes) in ascending order of the numbers; repeated
    options, such as the segments of a path, keep their order.
    """

    def __init__(self, type, code, message_id, token=b"", options=(), payload=b""):
        self.type = type
        self.code = code
        self.message_id = message_id
        self.token = token
        self.options = list(options)
        self.payload = payload

    def __eq__(self, other):
        return isinstance(other, Message) and self._fields() == other._fields()

    def __repr__(self):
        return "Message" + repr(self._fields())

    def _fields(self):
        return (self.type, self.code, self.message_id, self.token, self.options, self.payload)

    def values(self, number):
        """The values of all options with this number, in order."""
        return [value for option, value in self.options if option == number]

    def uint(self, number):
        """The value of a uint option; None if it is absent or, as section 5.4.3 has it, too long."""
        values = self.values(number)
        if not values or len(values[0]) > LONGEST[number]:
            return None
        return int.from_bytes(values[0], "big")

    def content_format(self):
        return self.uint(CONTENT_FORMAT)

    def path(self):
        """The segments of the path as strings.  DecodeError: one is not UTF-8."""
        try:
            return [str(value, "utf-8") for value in self.values(URI_PATH)]
        except UnicodeError:
            raise DecodeError("Uri-Path is not UTF-8")

    def encode(self):
        """The datagram.  EncodeError: a field does not fit the format."""
        self._check()
        out = bytearray()
        out.append(VERSION << 6 | self.type << 4 | len(self.token))
        out.append(self.code)
        out.extend(self.message_id.to_bytes(2, "big"))
        out.extend(self.token)
        previous = 0
        for number, value in self.options:
            _encode_option(out, number - previous, value)
            previous = number
        if self.payload:
            out.append(PAYLOAD_MARKER)
            out.extend(self.payload)
        return bytes(out)

    def _check(self):
        if not (CON <= self.type <= RST and 0 <= self.message_id <= 0xFFFF and len(self.token) <= MAX_TOKEN):
            raise EncodeError("field out of range")
        if self.code == EMPTY:
            if self.token or self.options or self.payload:
                raise EncodeError("Empty with content")
        elif not (is_request(self.code) or is_response(self.code)):
            raise EncodeError("no such code")
        previous = 0
        for number, value in self.options:
            if not previous <= number <= 0xFFFF or len(value) > 0xFFFF:
                raise EncodeError("options out of order or too long")
            previous = number


def decode(datagram):
    """The Message in a datagram; DecodeError on a message format error (sections 3 and 4.2)."""
    if len(datagram) < HEADER_SIZE:
        raise DecodeError("too short")
    if datagram[0] >> 6 != VERSION:
        raise DecodeError("another CoAP version")
    type, token_length, code = datagram[0] >> 4 & 3, datagram[0] & 0xF, datagram[1]
    at = HEADER_SIZE + token_length
    if token_length > MAX_TOKEN or len(datagram) < at:
        raise DecodeError("token too long")
    if code == EMPTY:
        if len(datagram) > HEADER_SIZE:
            raise DecodeError("Empty with content")
    elif not (is_request(code) or is_response(code)):
        raise DecodeError("reserved code")
    message_id = datagram[2] << 8 | datagram[3]
    options, payload = _decode_options(datagram, at)
    return Message(type, code, message_id, bytes(datagram[HEADER_SIZE:at]), options, payload)


def empty(type, message_id):
    """The datagram of an Empty message: an acknowledgement, or a Reset."""
    return Message(type, EMPTY, message_id).encode()


def rejection(datagram):
    """What a datagram that `decode` refused gets: a Reset if it was Confirmable, else None (section 4.2)."""
    if len(datagram) < HEADER_SIZE or datagram[0] >> 6 != VERSION or datagram[0] >> 4 & 3 != CON:
        return None
    return empty(RST, datagram[2] << 8 | datagram[3])


def uint_value(number):
    """A uint option's value: big-endian, as short as it goes, zero being no byte at all (section 3.2)."""
    size = 0
    while number >> (8 * size):
        size += 1
    return number.to_bytes(size, "big")


def path_options(path):
    """The Uri-Path options for a path such as `/up/pole-1`."""
    return [(URI_PATH, segment.encode()) for segment in path.split("/") if segment]


def bad_option(options, understood):
    """The first critical option that is not `understood`, or whose length or repetition is not allowed.

    Its number, or None.  RFC 7252 sections 5.4.1, 5.4.3 and 5.4.5; elective options like that are as
    good as absent.
    """
    previous = None
    for number, value in options:
        if is_critical(number):
            if number not in understood:
                return number
            if not (number in NOT_EMPTY) <= len(value) <= LONGEST[number]:
                return number
            if number == previous and number not in REPEATABLE:
                return number
        previous = number
    return None


def _encode_option(out, delta, value):
    delta_nibble, delta_extension = _split(delta)
    length_nibble, length_extension = _split(len(value))
    out.append(delta_nibble << 4 | length_nibble)
    out.extend(delta_extension)
    out.extend(length_extension)
    out.extend(value)


def _split(number):
    """A delta or a length as its nibble and the bytes that extend it."""
    if number < 13:
        return number, b""
    if number < 269:
        return EXTENDED_8, bytes((number - 13,))
    return EXTENDED_16, (number - 269).to_bytes(2, "big")


def _decode_options(datagram, at):
    """The options from position `at` on as a list of (number, value), and the payload."""
    options = []
    number = 0
    while at < len(datagram):
        initial = datagram[at]
        at += 1
        if initial == PAYLOAD_MARKER:
            if at == len(datagram):
                raise DecodeError("no payload")
            return options, bytes(datagram[at:])
        delta, at = _join(datagram, initial >> 4, at)
        length, at = _join(datagram, initial & 0xF, at)
        number += delta
        if number > 0xFFFF or at + length > len(datagram):
            raise DecodeError("option number or length")
        options.append((number, bytes(datagram[at : at + length])))
        at += length
    return options, b""


def _join(datagram, nibble, at):
    """A delta or length from its nibble and the extension at `at`; also the position behind it."""
    if nibble == RESERVED:
        raise DecodeError("reserved nibble")
    size = {EXTENDED_8: 1, EXTENDED_16: 2}.get(nibble, 0)
    if at + size > len(datagram):
        raise DecodeError("option cut off")
    base = {EXTENDED_8: 13, EXTENDED_16: 269}.get(nibble, nibble)
    return base + int.from_bytes(datagram[at : at + size], "big"), at + size
