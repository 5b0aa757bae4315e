"""`gc` as on an ESP32-S3 without PSRAM; `sys.modules` has it under that name.

The WebAssembly build's heap grows without an end that matters here, so what is free is counted from a
stated size.
"""

from gc import *
from gc import mem_alloc

_HEAP_BYTES = 240_000  # what such a chip has for Python, about, while no network is up

__name__ = "gc"


def mem_free():
    return max(0, _HEAP_BYTES - mem_alloc())
