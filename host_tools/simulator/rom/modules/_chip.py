"""Calls to the simulated chip: one read of /dev/chip each."""

from struct import pack_into, unpack_from

_chip = open("/dev/chip", "r+b")
_frame = bytearray(16)


def call(operation, a=0, b=0, c=0):
    """Returns the chip's answer, an int; raises OSError with the errno that it names."""
    pack_into("<iiii", _frame, 0, operation, a, b, c)
    _chip.readinto(_frame)
    result = unpack_from("<i", _frame)[0]
    if result < 0:
        raise OSError(-result)
    return result
