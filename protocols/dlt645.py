"""DL/T 645-2007 frames, as electricity meters speak them on RS-485: reading data, and the answers.

A frame is 68H, six address bytes, 68H, control, length, data, checksum, 16H (5.2 of the standard); any
number of FEH may stand before it.  Every data byte travels with 33H added.  Multi-byte numbers are BCD
and, like the address, have their lowest pair of digits first.
"""

from protocols.errors import BusError, DecodeError, EncodeError

START, END = 0x68, 0x16
OFFSET = 0x33
OVERHEAD = 12  # bytes of a frame without data
LENGTH_AT = 9
MAX_DATA = 200

READ_DATA, READ_MORE = 0x11, 0x12
ANSWER, REFUSAL, MORE = 0x80, 0x40, 0x20  # bits of the control byte
ANY_METER = "A" * 12  # the one meter on the line, whichever it is

ERROR_NAMES = (  # bits of the error byte
    "other error",
    "no such data",
    "wrong password or not authorised",
    "baud rate cannot be changed",
    "too many year zones",
    "too many day slots",
    "too many tariffs",
)


class Dlt645Error(BusError):
    """The meter refused; `code` is its error byte."""

    def __init__(self, code):
        names = [ERROR_NAMES[bit] for bit in range(len(ERROR_NAMES)) if code >> bit & 1]
        super().__init__("dlt645 meter: " + (", ".join(names) or "unknown error"))
        self.code = code


def address_bytes(address):
    """The address field for a meter's number of twelve digits, or for ANY_METER."""
    if len(address) != 12 or not (address.isdigit() or address == ANY_METER):
        raise EncodeError(f"dlt645 address {address} is not twelve digits")
    return bytes([int(address[at : at + 2], 16) for at in range(10, -1, -2)])


def frame(address, control, data):
    """A complete frame without preamble; `address` is the six bytes of the field."""
    if len(data) > MAX_DATA:
        raise EncodeError(f"{len(data)} bytes of dlt645 data, more than {MAX_DATA}")
    body = bytes((START,)) + address + bytes((START, control, len(data)))
    body += bytes([byte + OFFSET & 0xFF for byte in data])
    return body + bytes((sum(body) & 0xFF, END))


def read_request(address, identifier):
    """Ask the meter of a twelve-digit `address` for data; the identifier is DI3 to DI0, as 0x02010100."""
    return frame(address_bytes(address), READ_DATA, _low_first(identifier))


def read_more_request(address, identifier, number):
    """Ask for the frame after one that said there was more; `number` counts these requests from 1."""
    return frame(address_bytes(address), READ_MORE, _low_first(identifier) + bytes((number,)))


def trim(data):
    """`data` from where a frame may begin; the preamble, and noise before it, are dropped."""
    for at in range(len(data)):
        if data[at] == START and (at + 7 >= len(data) or data[at + 7] == START):
            return data[at:]
    return b""


def missing(data):
    """How many bytes the frame at the beginning of `data` lacks, as far as can be told yet."""
    length = OVERHEAD
    if len(data) > LENGTH_AT:
        length += data[LENGTH_AT]
    return max(length - len(data), 0)


def check_frame(data):
    """(address bytes, control, data) of a frame without preamble; DecodeError if it is none."""
    if len(data) < OVERHEAD or missing(data) or len(data) != OVERHEAD + data[LENGTH_AT]:
        raise DecodeError(f"dlt645 frame of {len(data)} bytes")
    if data[0] != START or data[7] != START or data[-1] != END:
        raise DecodeError("no dlt645 frame")
    if sum(data[:-2]) & 0xFF != data[-2]:
        raise DecodeError("dlt645 frame with a wrong checksum")
    return bytes(data[1:7]), data[8], bytes([byte - OFFSET & 0xFF for byte in data[10:-2]])


def parse_response(request, response):
    """(data, whether there is more) of the answer to a read.

    Raises Dlt645Error if the meter refused, DecodeError if `response` is no answer to `request`.
    """
    asked, function, wanted = check_frame(request)
    address, control, data = check_frame(response)
    if address != asked and asked != address_bytes(ANY_METER):
        raise DecodeError("dlt645 answer from another meter")
    if control & ~MORE == function | ANSWER | REFUSAL and len(data) == 1:
        raise Dlt645Error(data[0])
    if control & ~MORE != function | ANSWER:
        raise DecodeError(f"dlt645 answer with control 0x{control:02x} to 0x{function:02x}")
    number = wanted[4:]  # of a read for more: it stands at the answer's end again
    if data[:4] != wanted[:4] or len(data) < len(wanted) or data[len(data) - len(number) :] != number:
        raise DecodeError("dlt645 answer with other data")
    return data[4 : len(data) - len(number)], bool(control & MORE)


def bcd(data):
    """An unsigned number; DecodeError if a digit is none, as meters mark a value they have not."""
    value = 0
    for at in range(len(data) - 1, -1, -1):
        high, low = data[at] >> 4, data[at] & 0x0F
        if high > 9 or low > 9:
            raise DecodeError("dlt645 number with a digit past 9")
        value = 100 * value + 10 * high + low
    return value


def signed_bcd(data):
    """As `bcd`; the highest bit is the sign."""
    if not data or not data[-1] & 0x80:
        return bcd(data)
    return -bcd(data[:-1] + bytes((data[-1] & 0x7F,)))


def _low_first(identifier):
    return bytes([identifier >> shift & 0xFF for shift in (0, 8, 16, 24)])
