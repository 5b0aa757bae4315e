"""asyncio's idle waits: what ends them, and that garbage is collected at some of them."""

from collections.abc import Callable

from host_tools.simulator.chip.crystal import Crystal

COLLECT_EVERY = 64  # waits between two garbage collections


class Idle:
    """wait(deadline_us, done): blocks the program; deliverable(): whether an interrupt is to be handled."""

    def __init__(
        self,
        crystal: Crystal,
        wait: Callable[[int | None, Callable[[], bool]], bool],
        deliverable: Callable[[], bool],
        collect: Callable[[], None],
    ):
        self._crystal = crystal
        self._wait = wait
        self._deliverable = deliverable
        self._collect = collect
        self._waits = 0
        self._woken = False

    def handlers(self) -> dict[str, Callable[[int, int, int], None]]:
        return {"IDLE": self._idle}

    def wake(self) -> None:
        """Something has happened that the wait should look at."""
        self._woken = True

    def _idle(self, timeout_ms: int, _a: int, _b: int) -> None:
        """asyncio has nothing to do for `timeout_ms` (negative: until something happens)."""
        self._waits += 1
        if self._waits % COLLECT_EVERY == 0:
            self._collect()
        deadline_us = None
        if timeout_ms >= 0:
            deadline_us = self._crystal.true_us(self._crystal.now_us + timeout_ms * 1000)
        self._wait(deadline_us, lambda: self._woken or self._deliverable())
        self._woken = False
