"""A figure, and how CPU time and memory are measured."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RUNS = 3


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    what: str


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of the best of some runs."""

    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return min(once() for _ in range(RUNS))


def resident_kib() -> int:
    """Memory of this process that is in RAM now.  Linux only."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])
