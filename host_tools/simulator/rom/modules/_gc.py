"""`gc` as on a chip whose heap has the board's size; `sys.modules` has it under that name."""

from gc import *
from gc import collect as _vm_collect
from gc import mem_alloc as _vm_alloc
from struct import pack_into, unpack_from

__name__ = "gc"

_heap = open("/dev/heap", "r+b")
_frame = bytearray(8)


def _figures(collects=False):
    """(used, free) in bytes: the chip takes off what the simulator's own modules need."""
    pack_into("<II", _frame, 0, _vm_alloc(), collects)
    _heap.readinto(_frame)
    return unpack_from("<II", _frame)


def collect():
    """The garbage goes at asyncio's next idle wait, but from here on the figures are without it."""
    _vm_collect()
    _figures(True)


def mem_alloc():
    return _figures()[0]


def mem_free():
    return _figures()[1]
