"""`time.sleep`: a wait that interrupts break into, and that is then gone on with to its own end."""

import itertools
from collections.abc import Callable

from host_tools.simulator.chip.crystal import Crystal


class Waits:
    """Broken sleeps by number: a handler may sleep as well, while the program's sleep is not over."""

    def __init__(
        self,
        crystal: Crystal,
        wait: Callable[[int, Callable[[], bool]], bool],
        interrupted: Callable[[], bool],
    ):
        """wait: blocks until a deadline or a condition, False at Ctrl-C; interrupted: handlers are due."""
        self._crystal = crystal
        self._wait = wait
        self._interrupted = interrupted
        self._numbers = itertools.count(1)
        self._deadlines: dict[int, int] = {}

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"SLEEP_US": self._start, "SLEEP_ON": self._go_on}

    def reset(self) -> None:
        self._deadlines.clear()

    def _start(self, high: int, low: int, _c: int) -> int:
        return self._until(self._crystal.now_us + (high << 30) + low)

    def _go_on(self, number: int, _b: int, _c: int) -> int:
        return self._until(self._deadlines.pop(number))

    def _until(self, deadline_us: int) -> int:
        """0 when the sleep is over, or the number under which `SLEEP_ON` goes on with it."""
        go_on = self._wait(deadline_us, self._interrupted)
        if not go_on or self._crystal.now_us >= deadline_us:
            return 0
        number = next(self._numbers)
        self._deadlines[number] = deadline_us
        return number
