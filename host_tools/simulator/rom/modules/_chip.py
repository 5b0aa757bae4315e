"""Calls to the simulated chip: one read of /dev/chip each; and the handlers of its interrupts."""

import sys
from struct import pack_into, unpack_from

from _operations import INTERRUPT_NEXT, INTERRUPTS_DONE

_chip = open("/dev/chip", "r+b")
_frame = bytearray(16)
handlers = {}  # interrupt source -> (function, its argument)


def call(operation, a=0, b=0, c=0):
    """Returns the chip's answer, an int; raises OSError with the errno that it names.

    Interrupts that are due are handled before it returns.
    """
    pack_into("<iiii", _frame, 0, operation, a, b, c)
    _chip.readinto(_frame)
    result, due = unpack_from("<ii", _frame)
    if due:
        _handle_interrupts()
    if result < 0:
        raise OSError(-result)
    return result


def _handle_interrupts():
    """As the port's scheduler does: an exception is printed, and the program goes on."""
    try:
        while source := call(INTERRUPT_NEXT):
            function, argument = handlers[source - 1]
            try:
                function(argument)
            except Exception as error:
                sys.print_exception(error)
    finally:
        call(INTERRUPTS_DONE)


def device(kind, id):
    try:
        return open("/dev/%s%d" % (kind.lower(), id), "r+b")
    except OSError:
        raise ValueError("%s(%d) doesn't exist" % (kind, id))
