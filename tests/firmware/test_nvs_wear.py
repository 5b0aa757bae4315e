"""What a product writes into NVS on a usual day, and what ten years of that cost the flash.

ESP-IDF's NVS appends entries of 32 bytes, 126 to a page, and erases a page when all its entries are old
("Non-Volatile Storage Library", "Internals").  The simulator's has another format, so entries are counted.
"""

import pytest

from host_tools.boards import load_board
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.chip.nvs import FRAME, Nvs
from host_tools.simulator.simulation import START_UNIX, stage

ENDURANCE = 100_000  # erases of a sector (W25Q64JV datasheet, section 1)
ENTRY_BYTES, ENTRIES = 32, 126
PAGES = 5  # of 24 KiB, one kept free
DAYS = 3650
HOUR_S = 3600


class Entries:
    """Counts those that the commands of a node write; an equal value is not written again."""

    def __init__(self, monkeypatch):
        self.count = 0
        call = Nvs.call

        def watched(nvs: Nvs, frame: bytes) -> bytes:
            _, _, *names = FRAME.unpack_from(frame)
            space, key = (name.rstrip(b"\0").decode() for name in names)
            before = nvs.get(space, key)
            answer = call(nvs, frame)
            after = nvs.get(space, key)
            if after is not None and after != before:
                self.count += _entries(after)
            return answer

        monkeypatch.setattr(Nvs, "call", watched)


def _entries(value: int | bytes) -> int:
    """A blob has its bytes, a head and an index."""
    return 1 if isinstance(value, int) else 2 + -(-len(value) // ENTRY_BYTES)


@pytest.mark.parametrize(
    ("product", "hours", "most"),
    [("smart_pole", 2, 120), ("manhole_cover", 24, 5), ("water_level", 24, 5)],
)
def test_ten_years_of_usual_days(monkeypatch, product, hours, most):
    """most: entries a day."""
    entries = Entries(monkeypatch)
    with stage(load_board(product), BoardOptions(start_unix=START_UNIX)) as made:
        started = []
        made.queue.at(HOUR_S * 1_000_000, lambda: started.append(entries.count))
        made.play((1 + hours) * HOUR_S)
    a_day = (entries.count - started[0]) * 24 / hours
    assert 0 < a_day <= most
    assert a_day * DAYS / ENTRIES / PAGES < ENDURANCE / 100
