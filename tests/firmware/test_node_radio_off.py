"""No coverage, and the modem does not let its radio be switched off at the end of a turn as it should."""

import pytest

from protocols.message_numbers import ALARM
from tests.firmware.sleeper_bench import HOUR_S, sleeper

LOST_S, FLOODED_S, BACK_S = 1.2 * HOUR_S, 1.5 * HOUR_S, 7.2 * HOUR_S
MAH_A_TURN = 2.8  # 27 mA for the four minutes of a turn, and two minutes for the modem to obey


def silent(bench, faults):
    faults.silent()
    bench.at(bench.now_s + 300, lambda: faults.silent(False))


FAULTS = {
    "refused": lambda bench, faults: faults.error_once(),
    "silent": silent,
    "reboot": lambda bench, faults: faults.reboot(),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_modem_does_not_search_between_turns(name):
    """In every turn the first try fails."""
    with sleeper() as bench:
        modem, cell = bench.simulated.modem, bench.simulated.cell
        tries, searched_mah = [], []

        def hear(direction, data):
            if direction == ">" and b"AT+CFUN=0" in data and not cell.coverage:
                if not tries or bench.now_s - tries[-1] > bench.QUIET_S:
                    FAULTS[name](bench, modem.faults)
                tries.append(bench.now_s)

        modem.line.taps.append(hear)
        bench.at(LOST_S, lambda: setattr(cell, "coverage", False))
        bench.at(FLOODED_S, lambda: bench.world.water.force(500))
        bench.at(BACK_S, lambda: searched_mah.append(bench.account.modem.mah()["searching"]))
        bench.at(BACK_S, lambda: setattr(cell, "coverage", True))
        bench.run(9.5)
        turns = [turn for turn in bench.turns if FLOODED_S < turn < BACK_S]
        assert len(turns) >= 5 and len(tries) >= len(turns)
        assert searched_mah[0] < MAH_A_TURN * (len(turns) + 1)
        alarms = [event.data[:2] for event in bench.store.events(bench.node) if event.code == ALARM]
        assert alarms == [["flooded", 1]]
        assert bench.simulated.chip.resets == {"deep-sleep": len(bench.wakes) + 1}
