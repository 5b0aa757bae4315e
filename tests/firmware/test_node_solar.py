"""A water level on a solar panel: sunny days, a dull storm, an empty cell, frost, and a scenario's sun."""

import pytest

from host_tools.boards import find_board, load_board
from host_tools.collector.configuration import set_settings
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.configuration_form import to_settings
from host_tools.scenario.checks import Checks
from host_tools.scenario.ledger import Ledger
from host_tools.scenario.load import load_scenario
from host_tools.scenario.run import run_scenario
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.simulation import START_UNIX
from host_tools.simulator.worlds.pack import CELL_MAH
from protocols.message_numbers import ALARM
from tests.firmware.sleeper_bench import HOUR_S, sleeper

CELL = 'cell = "ER34615"\npulse_capacitor = true\n'
SUN = 'cell = "LFP32700"\n\n[solar]\npanel_w = 4.0\ntilt_deg = 30\n'


@pytest.fixture
def board(tmp_path):
    """A board file: the product's, but on the sun.  Power comes on at eight in the morning, in January."""
    text = find_board("water_level").read_text(encoding="utf-8")
    assert CELL in text
    file = tmp_path / "board.toml"
    file.write_text(text.replace(CELL, SUN), encoding="utf-8")
    return str(file)


def balance(bench, begun_mah):
    """What is in the cell, and what the account of all that the board took says."""
    pack = bench.world.battery
    pack.take(pack.load_ma)
    taken_mah = sum(bench.account.drawn_mah().values())
    return pack.charge_mah, begun_mah + pack.charged_mah - taken_mah - pack.lost_mah


def test_sunny_days_fill_it_and_it_stays_full(board):
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S, rsrp_dbm=-129)  # where a modem takes most
    with sleeper(board, cell=cell) as bench:
        begun_mah = bench.world.battery.charge_mah = 0.75 * CELL_MAH
        bench.world.sun.force(0.7)
        bench.world.rain.force()
        bench.at(71 * HOUR_S, lambda: bench.world.water.force(300))  # an alarm: health is told with it
        bench.run(3 * 24)
        charge_mah, accounted_mah = balance(bench, begun_mah)
        assert charge_mah == pytest.approx(accounted_mah, abs=1e-3)
        assert charge_mah > 0.998 * CELL_MAH
        health = bench.health[-1].points
        assert health["used"] * 1000 > 5 and health["left"] is None
        # It is not taken for low: as many samples as hours, and some reports out of turn.
        assert 3 * 24 - 2 <= len(bench.wakes) <= 3 * 24 + 20


def test_a_dull_storm_stretches_the_periods_but_not_an_alarm(board):
    with sleeper(board) as bench:
        checks, told = Checks(bench, 300), []
        pack = bench.world.battery
        begun_mah = pack.charge_mah = 0.1 * CELL_MAH + 1
        settings = {"sample_s": 300, "report_s": 300, "send_s": 1800}
        set_settings(bench.store, bench.node, to_settings(settings, bench.simulated.board))
        bench.world.sun.force(0.0)
        bench.world.rain.force((600, 4 * HOUR_S, 40.0))
        bench.at(20 * HOUR_S, lambda: bench.world.water.force(300))
        bench.at(20.5 * HOUR_S, lambda: bench.world.water.force(0))
        bench.at(24 * HOUR_S, lambda: bench.world.sun.force(0.8))
        bench.at(31 * HOUR_S - 1, lambda: told.append(checks.all_delivered_once(True)))
        bench.run(31)
        counted = [
            sum(a * HOUR_S < wake < b * HOUR_S for wake in bench.wakes)
            for a, b in ((1, 4), (10, 20), (29, 31))
        ]
        # Each twenty minutes, in rain with sends between them; then each five.
        assert 12 <= counted[0] <= 24 and 29 <= counted[1] <= 35 and 23 <= counted[2] <= 30
        alarms = [event for event in bench.store.events(bench.node) if event.code == ALARM]
        levels = [event.time - bench.options.start_unix for event in alarms if event.data[:2] == ["level", 1]]
        assert len(levels) == 1 and 20 * HOUR_S < levels[0] < 20.4 * HOUR_S
        assert any(
            report.time.timestamp() - bench.options.start_unix > 30 * HOUR_S for report in bench.reports
        )
        charge_mah, accounted_mah = balance(bench, begun_mah)
        assert charge_mah == pytest.approx(accounted_mah, abs=1e-3) and charge_mah > 0.18 * CELL_MAH
        assert told == [None]
        assert "power cut" not in bench.simulated.chip.resets


def test_an_empty_cell_rests_until_there_is_enough_for_a_start(board):
    with sleeper(board) as bench:
        ledger, told, off_s = Ledger(bench.simulated.chip), [], []
        pack = bench.world.battery
        pack.charge_mah = 16.0
        bench.world.rain.force()
        bench.world.sun.force(0.0)
        bench.at(1 * HOUR_S, lambda: setattr(bench.simulated.cell, "coverage", False))
        bench.at(47 * HOUR_S, lambda: told.append((pack.load_ma, sum(bench.account.drawn_mah().values()))))
        bench.at(48 * HOUR_S, lambda: told.append((pack.load_ma, sum(bench.account.drawn_mah().values()))))
        bench.at(48 * HOUR_S, lambda: setattr(bench.simulated.cell, "coverage", True))
        bench.at(48 * HOUR_S, lambda: bench.world.sun.force(0.5))
        board_power = bench.simulated.chip.on_power
        bench.simulated.chip.on_power = lambda on: (
            off_s.append((on, bench.now_s, pack.rest_mv, {item.number for item in ledger.told()})),
            board_power(on),
        )
        bench.run(60)
        (on, at_s, mv, before), (on_again, back_s, back_mv, _) = off_s
        assert (on, on_again) == (False, True)
        assert 4 * HOUR_S < at_s < 40 * HOUR_S and mv < 2520
        # Without supply nothing is taken, and a little sun is not enough.
        assert told[0] == told[1] and told[0][0] == 0
        assert back_s > 48.5 * HOUR_S and 2900 <= back_mv < 2960
        assert bench.simulated.chip.resets["power cut"] == 1
        assert "brown-out" not in bench.simulated.chip.resets
        # What waited on its flash is told after the start, once.
        kept = [*bench.store.reports(bench.node), *bench.store.events(bench.node)]
        stored = [item.seq for item in kept]
        assert len(before) >= 6 and before <= set(stored) and len(stored) == len(set(stored))
        taken_s = [report.time.timestamp() - bench.options.start_unix for report in bench.reports]
        assert max(taken_s) > back_s


def test_frost_and_sun_charge_nothing(board):
    """On two cells."""
    with open(board, encoding="utf-8") as file:
        text = file.read()
    with open(board, "w", encoding="utf-8") as file:
        file.write(text.replace('"LFP32700"', '"LFP32700"\nparallel = 2'))
    with sleeper(board) as bench:
        assert bench.world.battery.charge_mah == 2 * CELL_MAH
        begun_mah = bench.world.battery.charge_mah = CELL_MAH
        bench.world.mean_c = -20.0
        bench.world.sun.force(1.0)
        bench.world.rain.force()
        bench.run(24)
        charge_mah, accounted_mah = balance(bench, begun_mah)
        assert charge_mah == pytest.approx(accounted_mah, abs=1e-3) and charge_mah < begun_mah
        assert bench.world.battery.charged_mah == 0
        assert bench.arrived("battery")[-1][1] == pytest.approx(3.26, abs=0.011)


def test_a_scenario_has_the_sun(board, tmp_path):
    file = tmp_path / "dull.toml"
    file.write_text(
        """
        title = "A dull day"
        duration = "5h"
        [[step]]
        at = "1s"
        sun = 0.0
        world = { "battery.charge_mah" = 720.0, "sun.latitude" = 30.0 }
        [[expect]]
        at = "2h"
        world = { name = "battery.charge_mah", most = 720 }
        [[step]]
        at = "2h"
        sun = 0.9
        [[expect]]
        at = "5h"
        world = { name = "battery.charge_mah", least = 1200 }
        """,
        encoding="utf-8",
    )
    run_scenario(load_board(board), load_scenario(file))
