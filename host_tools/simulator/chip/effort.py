"""MicroPython's own work: the time that it takes, and its end where there is none.

The VM counts its work exactly and repeatably (`MicroPython.work`).  What a chip would take for it is an
estimate: a turn of `for i in range(n): pass` costs the VM 1,106 units, and an ESP32-S3 at 240 MHz about
0.65 us.  In wall time work costs what it costs the machine.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host_tools.simulator.vm.machine import MicroPython

WORK_PER_US = 1_700


class Effort:
    """The work of one chip's programs, one VM after the other.

    A program that works for `patience_us` of the chip's time without calling the chip is taken to be in a
    loop without end: the VM stops with `Exhausted`.  None: it may go on for ever, somebody can press Ctrl-C.
    """

    def __init__(self, patience_us: int | None):
        self._patience_us = patience_us
        self._watched_us: int | None = None
        self._vm: MicroPython | None = None
        self._rest = 0

    def begin(self, vm: "MicroPython") -> None:
        self._vm = vm
        self._refill()

    def end(self) -> None:
        self._vm = None

    def taken_us(self) -> int:
        """The time that the program's work since the last call has taken; to be asked at each call."""
        us, self._rest = divmod(self._vm.work() + self._rest, WORK_PER_US)
        if self._watched_us is None and self._vm.work_left < self._full // 2:
            self._refill()
        return us

    def ignore(self) -> None:
        """What the VM did since the last call was not the program's doing."""
        self._vm.work()

    def watch(self, timeout_us: int | None) -> None:
        """A watchdog has been fed: the next time within `timeout_us`.  None: there is none any more.

        One with more patience than ours waits beside a program that is stopped already.
        """
        is_short = timeout_us is not None and (self._patience_us is None or timeout_us < self._patience_us)
        self._watched_us = timeout_us if is_short else None
        if self._vm:
            self._rest += self._vm.work()
            self._refill()

    def _refill(self) -> None:
        us = self._patience_us if self._watched_us is None else self._watched_us
        self._full = self._vm.allow(None if us is None else us * WORK_PER_US)
