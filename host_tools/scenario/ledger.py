"""What a node has taken: all records that its outbox has put on the simulated flash, as they get there."""

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.outbox.log_segment import HEAD, scan
from firmware.outbox.record_log import LETTERS, STATE
from firmware.outbox.records import RESULT, decode
from host_tools.simulator.chip.esp32 import Esp32

FOLDER = "outbox/"


@dataclass(frozen=True)
class Taken:
    """A record whose file was synced, so that no power cut loses it."""

    number: int
    kind: int  # as in firmware/outbox/records.py
    cls: int  # as in firmware/outbox/record_log.py
    at_us: int


class Ledger:
    """Attach it before power comes on."""

    def __init__(self, chip: Esp32):
        self._chip = chip
        self._taken: dict[int, Taken] = {}
        chip.file_observers.append(self._written)

    def told(self) -> Iterator[Taken]:
        """All but results of commands, whose numbers do not travel."""
        return (record for record in self._taken.values() if record.kind != RESULT)

    def _written(self, path: str, data: bytes) -> None:
        if not path.startswith(FOLDER) or path == FOLDER + STATE:
            return
        cls = LETTERS.index(path[len(FOLDER)])
        content = memoryview(data)
        for start, end, number in scan(content, 0, len(data)):
            kind = decode(content[start + HEAD : end])[0]
            self._taken[number] = Taken(number, kind, cls, self._chip.queue.now_us)
