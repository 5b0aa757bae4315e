"""Makes a program that never calls the host call it: how a loop without end sees Ctrl-C, reset, power-off.

Another thread writes a callback into MicroPython's scheduler, as an interrupt handler on a chip would.  The
callback is a read of a device file, all in C, so no Python code is interrupted half-way.  That read lets the
board's events run, and these may end the program.
"""

import ctypes
import struct
from collections.abc import Callable

from host_tools.simulator.vm import build
from host_tools.simulator.vm.files import CallFile


class NudgeFile(CallFile):
    """`/dev/nudge`; `rom/modules/_nudge.py` reads it once to say where its method and its buffer are."""

    def __init__(self, elapse: Callable[[], None]):
        """`elapse` lets the board's events run."""
        self._elapse = elapse
        self.callback: tuple[int, int] | None = None  # addresses of function and argument

    def call(self, frame: bytes) -> bytes:
        if self.callback is None:
            self.callback = struct.unpack("<II", frame)
        else:
            self._elapse()
        return frame


def schedule(memory: int, callback: tuple[int, int]) -> None:
    """Have the VM call it at its next backward jump.  `memory`: address of its memory.  From any thread.

    Nothing happens while other callbacks wait or run: they call the host by themselves.
    """
    state = ctypes.c_uint32.from_address(memory + build.SCHEDULER)
    status, waiting, index = struct.unpack("<hBB", struct.pack("<I", state.value))
    if status != build.IDLE or waiting:
        return
    slot = memory + build.CALLBACK_RING + 8 * (index % build.CALLBACK_SLOTS)
    ctypes.memmove(slot, struct.pack("<II", *callback), 8)
    # The word of state last, and at once: from then on the VM looks at the ring.
    state.value = struct.unpack("<I", struct.pack("<hBB", build.PENDING, 1, index))[0]
