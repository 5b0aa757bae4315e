"""A pole whose flash wears out under its outbox: it goes on in other sectors, and nothing is lost."""

import random

from host_tools.images.partitions import micropython_table
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.flash import SECTOR
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.simulation import START_UNIX, stage
from tests.node_truth import Truth
from tests.soak_node import PERIOD_S, UNDER_WAY_S, busy_pole

END_S = 1500
WORN_AT_S = (300, 500, 700)
OUTAGES_S = ((200, 400), (480, 900))  # of the server: the log fills blocks of its own
CUT_S = 800


class WornFlash:
    """Wears out what the node has written so far, but for the pair of sectors that LittleFS starts from."""

    def __init__(self, flash):
        self.worn = set()
        self._flash = flash
        self._faults = FlashFaults(flash, random.Random(1))
        files = next(row for row in micropython_table(flash.size) if row.label == "vfs")
        self._sectors = range(files.offset // SECTOR + 2, files.end // SECTOR)
        self._before = list(flash.wear)

    def written(self):
        return {sector for sector in self._sectors if self._flash.wear[sector] > self._before[sector]}

    def wear_out(self):
        self.worn |= self.written()
        for sector in self.worn:
            self._faults.wear_out(sector)


def test_a_pole_goes_on_in_other_sectors():
    with stage(busy_pole(), BoardOptions(start_unix=START_UNIX)) as made:
        truth = Truth(made)
        chip = made.simulated.chip
        chip.on_reset = truth.restarted
        flash = WornFlash(made.simulated.flash)
        for at_s in WORN_AT_S:
            made.queue.at(at_s * 1_000_000, flash.wear_out)
        for edges in OUTAGES_S:
            for at_s, online in zip(edges, (False, True), strict=True):
                made.queue.at(at_s * 1_000_000, lambda online=online: setattr(made, "online", online))
        made.queue.at(CUT_S * 1_000_000, chip.cut_power)
        made.play(END_S)
        assert truth.wrong(PERIOD_S, END_S - UNDER_WAY_S) == []
        assert len(flash.worn) > 10 and len(flash.written() - flash.worn) > 10
        assert chip.resets == {"power cut": 1}
        health = made.health[-1].points
        assert health["outbox_depth"] <= 1 and health["corrupt"] == health["dropped"] == 0
