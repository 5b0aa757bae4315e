"""A worn pulse capacitor in frost: what breaks the voltage down is not done again at once."""

from host_tools.simulator.cell import CellOptions
from tests.firmware.sleeper_bench import HOUR_S, sleeper

WORN_S = 2.5 * HOUR_S
END_H = 7.5


def worn(bench, ohm):
    """From `WORN_S` on."""

    def wear():
        battery = bench.world.battery
        battery.film, battery.used_mah, battery.buffer_ohm = 1.0, 8000.0, ohm

    bench.world.mean_c = -25.0
    bench.at(WORN_S, wear)


def test_parts_that_break_it_down_are_read_again_after_a_pause():
    """The probe's 24 V: 171 mA of the cell."""
    with sleeper("water_level") as bench:
        worn(bench, 16.0)
        bench.run(END_H)
        pauses = (END_H * HOUR_S - 3 * HOUR_S) / 300
        assert 0.8 * pauses <= bench.simulated.chip.resets["brown-out"] <= pauses + 2
        assert len(bench.turns) <= 3  # for nothing is no use of the radio
        assert sum(bench.account.drawn_mah().values()) < 4


def test_a_modem_whose_turn_was_broken_off_is_let_sleep():
    """It has not lost its own supply, and would be awake until the next turn, hours later, at 5.6 mA."""
    with sleeper(cell=CellOptions(rsrp_dbm=-119)) as bench:
        worn(bench, 30.0)
        bench.at(3.2 * HOUR_S, lambda: bench.world.cover.tilt(40))
        bench.run(END_H)
        assert bench.simulated.chip.resets["brown-out"] >= 3
        assert bench.account.modem.mah()["awake"] < 1
