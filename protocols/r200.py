"""Frames of R200 / M100 UHF reader modules ("R200 user protocol" V2.3.3).

A frame is AAH, type, command, length of two bytes, parameters, checksum, DDH.  Numbers have their high byte
first.
"""

from protocols.errors import BusError, DecodeError, EncodeError

START, END = 0xAA, 0xDD
OVERHEAD = 7  # bytes of a frame without parameters
LENGTH_AT = 3
MAX_PARAMETERS = 256  # more than any command has; a longer length is noise

COMMAND, RESPONSE, NOTIFICATION = 0, 1, 2  # types
SET_REGION, GET_REGION = 0x07, 0x08
INVENTORY, START_INVENTORY, STOP_INVENTORY = 0x22, 0x27, 0x28
SET_POWER, GET_POWER = 0xB6, 0xB7
ERROR = 0xFF  # in place of the command, in the response to one that failed

CHINA_900, US, EUROPE, CHINA_800, KOREA = 1, 2, 3, 4, 6  # regions

NO_TAG = 0x15
ERROR_NAMES = {
    0x09: "read failed",
    0x10: "write failed",
    0x12: "kill failed",
    0x13: "lock failed",
    0x14: "permalock failed",
    NO_TAG: "no tag answers",
    0x16: "wrong access password",
    0x17: "unknown command or parameter",
    0x20: "no free channel",
}


class R200Error(BusError):
    """The module refused; `code` is its error."""

    def __init__(self, code):
        super().__init__("R200: " + ERROR_NAMES.get(code, f"error 0x{code:02x}"))
        self.code = code


def frame(kind, command, parameters=b""):
    """A complete frame; `kind` is COMMAND, RESPONSE or NOTIFICATION."""
    if len(parameters) > MAX_PARAMETERS:
        raise EncodeError(f"{len(parameters)} bytes of R200 parameters")
    body = bytes((kind, command, len(parameters) >> 8, len(parameters) & 0xFF)) + parameters
    return bytes((START,)) + body + bytes((sum(body) & 0xFF, END))


def start_inventory(rounds):
    """Look for tags that many times, 1 to 65535; each tag of each round is notified."""
    if not 1 <= rounds <= 0xFFFF:
        raise EncodeError(f"{rounds} rounds of inventory")
    return frame(COMMAND, START_INVENTORY, bytes((INVENTORY, rounds >> 8, rounds & 0xFF)))


def trim(data):
    """`data` from where a frame may begin; the noise before it is dropped."""
    for at in range(len(data)):
        if data[at] == START and data[at + 1 : at + 2] in (b"", b"\0", b"\1", b"\2"):
            return data[at:]
    return b""


def missing(data):
    """How many bytes the frame at the beginning of `data` lacks, as far as can be told yet."""
    length = OVERHEAD
    if len(data) > LENGTH_AT + 1:
        length += min(data[LENGTH_AT] << 8 | data[LENGTH_AT + 1], MAX_PARAMETERS)
    return max(length - len(data), 0)


def check_frame(data):
    """(type, command, parameters) of a frame; DecodeError if it is none."""
    if len(data) < OVERHEAD or data[0] != START or data[-1] != END:
        raise DecodeError("no R200 frame")
    if len(data) != OVERHEAD + (data[LENGTH_AT] << 8 | data[LENGTH_AT + 1]):
        raise DecodeError(f"R200 frame of {len(data)} bytes")
    if sum(data[1:-2]) & 0xFF != data[-2]:
        raise DecodeError("R200 frame with a wrong checksum")
    return data[1], data[2], bytes(data[5:-2])


def parse_tag(parameters):
    """(EPC, RSSI in dBm) of a notification: signed RSSI, PC word, EPC, and the tag's own CRC over both."""
    if len(parameters) < 5:
        raise DecodeError(f"R200 notification of {len(parameters)} bytes")
    rssi = parameters[0] - 0x100 if parameters[0] & 0x80 else parameters[0]
    tag, crc = parameters[1:-2], parameters[-2] << 8 | parameters[-1]
    if len(tag) != 2 + 2 * (tag[0] >> 3):  # the PC's upper five bits count the EPC's words
        raise DecodeError("R200 notification with another length than its PC says")
    if crc16(tag) != crc:
        raise DecodeError("R200 notification with a wrong CRC")
    return bytes(tag[2:]), rssi


def crc16(data):
    """Of tags: polynomial 0x1021, start and final inversion 0xFFFF, not reflected (CRC-16/GENIBUS)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc ^ 0xFFFF
