"""The collector in a process of its own, killed at a chosen moment; `KilledCollector` runs it for a test.

    python -m tests.host_tools.doomed_collector collector.db 3 committed

Each line of stdin is a datagram: Unix time and hexadecimal digits.  Each of stdout is the answer to one: how
many records and results were repeated so far, and the datagrams to send back.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from host_tools.collector.core import Collector
from host_tools.collector.store import Store

COMMITTED = "committed"  # the transaction is on disk, and the node has not been told
STORED = "stored"  # all is in the transaction, which is not committed
SOURCE = "node"


class DoomedStore(Store):
    """Kills its process at the n-th transaction from `arm` on."""

    uplinks_left = 0

    def arm(self, uplinks: int, moment: str) -> None:
        self.uplinks_left, self._moment = uplinks, moment

    @contextmanager
    def transaction(self):
        with super().transaction():
            yield
            self.uplinks_left -= 1
            self._reached(STORED)
        self._reached(COMMITTED)

    def _reached(self, moment: str) -> None:
        if self.uplinks_left == 0 and self._moment == moment:
            os.kill(os.getpid(), signal.SIGKILL)


def main(path: str, uplinks: str, moment: str) -> None:
    store = DoomedStore(Path(path))
    store.arm(int(uplinks), moment)
    now = 0.0
    collector = Collector(store, {}, lambda: now)
    for line in sys.stdin:
        seconds, data = line.split()
        now = float(seconds)
        answers = collector.datagram(bytes.fromhex(data), SOURCE)
        repeated = sum(count for what, count in collector.counts.items() if what.startswith("repeated"))
        print(repeated, *(answer.hex() for answer in answers), flush=True)


class KilledCollector:
    """Answers datagrams; a process that was killed is followed by another one on the same database.

    `deaths` are those to come: (uplinks of the process, moment).  `repeated` has for each process how many
    things came to it that were stored before.
    """

    def __init__(self, path: Path, deaths: list[tuple[int, str]], unix_time):
        self.deaths = deaths
        self.repeated: list[int] = []
        self._path = path
        self._unix_time = unix_time
        self._process: subprocess.Popen | None = None

    def datagram(self, data: bytes, _source: object) -> list[bytes]:
        if self._process is None:
            self._start()
        self._process.stdin.write(f"{self._unix_time()} {data.hex()}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            assert self._end() == -signal.SIGKILL
            return []
        repeated, *answers = line.split()
        self.repeated[-1] = int(repeated)
        return [bytes.fromhex(answer) for answer in answers]

    def close(self) -> None:
        if self._process:
            self._end()

    def _start(self) -> None:
        uplinks, moment = self.deaths.pop(0) if self.deaths else (-1, COMMITTED)
        self.repeated.append(0)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.host_tools.doomed_collector", self._path, str(uplinks), moment],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _end(self) -> int:
        process, self._process = self._process, None
        process.stdin.close()
        process.stdout.close()
        return process.wait(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
