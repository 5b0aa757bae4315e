"""Modbus RTU requests that write (Application Protocol V1.1b3, 6.6 and 6.12), which sensors do not need."""

from protocols.modbus_rtu import check_target, frame, words

WRITE_SINGLE_REGISTER = 0x06
WRITE_MULTIPLE_REGISTERS = 0x10
MAX_WRITE = 123  # registers in one request


def write_request(address, start, values):
    """Set the registers from `start` on; one value goes out as function 0x06, several as 0x10."""
    check_target(address, start, len(values), MAX_WRITE)
    if len(values) == 1:
        return frame(address, WRITE_SINGLE_REGISTER, words((start, values[0])))
    data = words(values)
    head = words((start, len(values))) + bytes((len(data),))
    return frame(address, WRITE_MULTIPLE_REGISTERS, head + data)
