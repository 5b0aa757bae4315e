"""Interrupts: who has something to say to the running program, in the order in which it happened.

A source is a number that the program's handler is filed under (`rom/modules/_chip.py`): a pin's is its
GPIO number, a timer's and a UART's are above those.  As on the port, a handler is not run by the interrupt
itself: it is scheduled.

Latency: the handler runs at the end of the program's next call to the chip.  A call costs 20 us, so a program
that polls a pin or a UART handles an interrupt within 20 us of the edge.  A sleep and asyncio's idle wait
break off for it at once (0 us); a UART read or write is finished first, and what is due after an I²C or SPI
transfer, or a device file's, waits for the call after it.  A program that makes no call (a pure computation,
or one that polls `time.ticks_ms`, which the VM answers) is not interrupted, for as long as it takes.
"""

from collections import deque
from collections.abc import Callable

QUEUE_LENGTH = 8  # MICROPY_SCHEDULER_DEPTH of the port; what comes on top is lost


class Interrupts:
    """The port's queue of scheduled handlers."""

    def __init__(self) -> None:
        self._due: deque[int] = deque()
        self._handling = False
        self._enabled = True
        self.lost = 0

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "INTERRUPT_NEXT": self._next,
            "INTERRUPTS_DONE": self._done,
            "INTERRUPTS_ENABLE": self._enable,
        }

    def reset(self) -> None:
        self._due.clear()
        self._handling = False
        self._enabled = True

    def fire(self, source: int) -> None:
        if len(self._due) < QUEUE_LENGTH:
            self._due.append(source)
        else:
            self.lost += 1

    def forget(self, source: int) -> None:
        """The source has no handler any more."""
        self._due = deque(other for other in self._due if other != source)

    def deliverable(self) -> bool:
        """Whether the program should run handlers now; never while it runs one."""
        return bool(self._due) and self._enabled and not self._handling

    def _next(self, _a: int, _b: int, _c: int) -> int:
        """The next source plus one; 0: none is left."""
        self._handling = True
        return self._due.popleft() + 1 if self._due else 0

    def _done(self, _a: int, _b: int, _c: int) -> None:
        self._handling = False

    def _enable(self, on: int, _b: int, _c: int) -> int:
        """While they are disabled interrupts stay due; the state before."""
        before, self._enabled = self._enabled, bool(on)
        return int(before)
