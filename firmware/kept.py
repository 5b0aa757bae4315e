"""Memories that outlive the program: NVS, which survives everything, and the RTC's, lost with the power.

Each has `load()` -> bytes, b"" if there is nothing, and `store(data)`, which returns when it is kept.
"""

import struct

from esp32 import NVS
from machine import RTC

NAMESPACE = "citynode"


def unpacked(layout, data, *instead):
    """What `data` holds; `instead`, if it is nothing of that layout."""
    return struct.unpack(layout, data) if len(data) == struct.calcsize(layout) else instead


class NvsBlob:
    """The value of one key, at most `longest` bytes.  A new application or file system leaves it alone."""

    def __init__(self, key, longest):
        self._nvs = NVS(NAMESPACE)
        self._key = key
        self._longest = longest

    def load(self):
        buffer = bytearray(self._longest)
        try:
            return bytes(buffer[: self._nvs.get_blob(self._key, buffer)])
        except OSError:  # there is none, or not one of ours
            return b""

    def store(self, data):
        self._nvs.set_blob(self._key, data)
        self._nvs.commit()


TOLD = "told"  # key of the alarms and faults that are active (reporter.py)

# The RTC's memory: (start, size) of who has something there.
OSCORE_SLOT = (0, 64)
TIME_SLOT = (64, 16)
CRASH_SLOT = (80, 8)
OUTPUT_SLOT = (88, 40)
WAKE_SLOT = (128, 64)
GUARD_SLOT = (192, 24)
CREW_SLOT = (216, 8)
GAS_SLOT = (224, 32)
BUDGET_SLOT = (256, 32)
GAUGE_SLOT = (288, 96)
RULES_SLOT = (384, 255)
CHAMBER_SLOT = (640, 16)
QUALITY_SLOT = (656, 32)


class RtcSlot:
    """`size` bytes of the RTC's memory from `start` on, the first of them for the length.

    What is too long is not kept at all.
    """

    def __init__(self, start, size):
        self._start = start
        self._size = size

    def load(self):
        slot = RTC().memory()[self._start : self._start + self._size]
        return slot[1 : 1 + slot[0]] if slot else b""

    def store(self, data):
        data = data if len(data) < self._size else b""
        memory = bytearray(RTC().memory())
        end = self._start + self._size
        memory.extend(bytes(max(0, end - len(memory))))
        memory[self._start] = len(data)
        memory[self._start + 1 : self._start + 1 + len(data)] = data
        RTC().memory(memory)
