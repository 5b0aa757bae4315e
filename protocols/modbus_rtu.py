"""Modbus RTU frames: requests and the responses to them.  Requests that write are in modbus_write.py.

A frame is address, function, data and a CRC-16 with its low byte first.  Registers are words of 16
bits, high byte first.  Sources: Modbus over Serial Line V1.02 (2.5 RTU framing, 6.2.2 CRC) and
Modbus Application Protocol V1.1b3 (6 function codes, 7 exception responses).
"""

from protocols.errors import BusError, DecodeError, EncodeError

READ_HOLDING_REGISTERS = 0x03
READ_INPUT_REGISTERS = 0x04
READS = (READ_HOLDING_REGISTERS, READ_INPUT_REGISTERS)

BROADCAST = 0  # every server executes the request, none answers
MAX_ADDRESS = 255  # the standard ends at 247, but meters with "reserved" addresses are sold
MAX_READ = 125  # registers in one response
MAX_FRAME = 256  # bytes on the line

EXCEPTION_FLAG = 0x80  # set in the function code of an exception response
EXCEPTION_LENGTH = 5  # the shortest response there is

# The CRC of each half byte under the reflected polynomial 0xA001: a table of 16 words costs two
# steps a byte, against eight without a table and 512 bytes of heap with the usual one.
CRC_TABLE = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip


class ModbusException(BusError):
    """The server understood the request and refused it; `code` says why (Application Protocol, 7)."""

    def __init__(self, code):
        super().__init__(f"modbus exception {code}")
        self.code = code


def crc16(data):
    """CRC-16 of `data`: polynomial 0xA001 reflected, start 0xFFFF (Serial Line, 6.2.2)."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 4) ^ CRC_TABLE[(crc ^ byte) & 0x0F]
        crc = (crc >> 4) ^ CRC_TABLE[(crc ^ (byte >> 4)) & 0x0F]
    return crc


def signed(word):
    """A register's 16 bits as a two's complement number."""
    return word - 0x10000 if word & 0x8000 else word


def frame(address, function, data):
    """A complete frame around `data`, as client or server sends it."""
    if not 0 <= address <= MAX_ADDRESS:
        raise EncodeError(f"modbus address {address} is not 0 to {MAX_ADDRESS}")
    body = bytes((address, function)) + data
    crc = crc16(body)
    return body + bytes((crc & 0xFF, crc >> 8))


def words(values):
    """Register values, signed or not, as they stand in a frame."""
    data = bytearray()
    for value in values:
        if not -0x8000 <= value <= 0xFFFF:
            raise EncodeError(f"{value} does not fit a register")
        data.append(value >> 8 & 0xFF)
        data.append(value & 0xFF)
    return bytes(data)


def read_request(address, start, count, function=READ_HOLDING_REGISTERS):
    """Ask for `count` registers from `start` on (Application Protocol, 6.3 and 6.4)."""
    if function not in READS:
        raise EncodeError(f"function {function} does not read registers")
    check_target(address, start, count, MAX_READ)
    return frame(address, function, words((start, count)))


def response_length(request):
    """Bytes of the normal response to `request`; an exception response has EXCEPTION_LENGTH."""
    if request[1] in READS:
        return 5 + 2 * (request[4] << 8 | request[5])
    return 8  # writes answer with address, function, two words and the CRC


def parse_response(request, response):
    """The registers that answer a read, as a tuple of unsigned words; nothing, `()`, for a write.

    Raises ModbusException if the server refused, DecodeError if `response` is no answer to `request`.
    """
    body = check_frame(response)
    address, function = body[:2]
    if (
        address == request[0]
        and function == request[1] | EXCEPTION_FLAG
        and len(response) == EXCEPTION_LENGTH
    ):
        raise ModbusException(body[2])
    if body[:2] != request[:2] or len(response) != response_length(request):
        raise DecodeError(f"modbus answer from {address} to function {function} in {len(response)} bytes")
    if function not in READS:
        if body[2:6] != request[2:6]:
            raise DecodeError("modbus server acknowledges another write")
        return ()
    if body[2] != len(body) - 3:
        raise DecodeError("modbus answer counts its bytes wrongly")
    return unpack_words(body[3:])


def check_frame(data):
    """Address, function and data of a frame whose CRC is right; DecodeError otherwise."""
    if not 4 <= len(data) <= MAX_FRAME:
        raise DecodeError(f"modbus frame of {len(data)} bytes")
    body = bytes(data[:-2])
    if crc16(body) != data[-2] | data[-1] << 8:
        raise DecodeError("modbus frame with a wrong CRC")
    return body


def unpack_words(data):
    """Unsigned registers from an even number of bytes."""
    return tuple([data[i] << 8 | data[i + 1] for i in range(0, len(data), 2)])


def check_target(address, start, count, limit):
    """EncodeError for what no request can ask for."""
    if address == BROADCAST or not 1 <= count <= limit or not 0 <= start <= 0x10000 - count:
        raise EncodeError(f"no request for {count} registers from {start} on can be made of {address}")
