"""How MicroPython code reaches the chip: one device file whose reads are calls.

The simulator's own modules (`rom/`) put an operation number and three integers into a 16-byte frame and
read `/dev/chip` into it; the answer comes back in the frame.  A negative answer is an errno.
"""

import struct
from collections.abc import Callable

from host_tools.simulator.vm.files import CallFile, errno_of

FRAME = struct.Struct("<iiii")  # operation, three arguments; back: the result, then zeroes

# Shared with rom/_chip.py, which is made from this table: operation name -> number.
OPERATIONS = {
    name: number
    for number, name in enumerate(
        (
            "TICKS_US",
            "SLEEP_US",
            "IDLE",
            "RESET",
            "RESET_CAUSE",
            "SET_CLOCK",
            "RANDOM",
            "UNIQUE_ID",
            "PIN_MODE",
            "PIN_WRITE",
            "PIN_READ",
            "PWM_SET",
            "UART_INIT",
            "UART_TIMEOUTS",
            "UART_ANY",
            "UART_WAIT",
            "UART_FLUSH",
        ),
        start=1,
    )
}

Handler = Callable[[int, int, int], int | None]


class ChipCalls(CallFile):
    """`/dev/chip`: dispatches frames to handlers by operation name."""

    def __init__(self, handlers: dict[str, Handler], elapse: Callable[[], None]):
        """`elapse` lets the stated virtual time of one host call pass."""
        self._handlers = {OPERATIONS[name]: handler for name, handler in handlers.items()}
        self._elapse = elapse

    def call(self, frame: bytes) -> bytes:
        operation, a, b, c = FRAME.unpack(frame)
        self._elapse()
        try:
            result = self._handlers[operation](a, b, c) or 0
        except OSError as error:
            result = -errno_of(error)
        return FRAME.pack(result, 0, 0, 0)
