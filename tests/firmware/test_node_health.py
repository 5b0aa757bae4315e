"""Health reports of a whole node: what it counts over its boots, and what its modem measures."""

import pytest

from host_tools.simulator.pole_variants import MODEMS, pole_with
from host_tools.simulator.simulation import START_UNIX, BoardOptions, stage

POWER_ON, HARD_RESET, WATCHDOG, DEEP_SLEEP, SOFT_RESET = 1, 2, 3, 4, 5  # machine's on an ESP32
SIGNAL = ("rsrp", "rsrq", "snr", "ecl", "cell_id")


def wait_health(collector, clock, number):
    clock.advance_until(lambda: len(collector.health) >= number, 300, "health report")
    return collector.health[number - 1].points


def test_boots_and_their_causes(collector, clock, faults):
    first = wait_health(collector, clock, 1)
    assert (first["boots"], first["reset_cause"], first["crashes"]) == (1, POWER_ON, 0)
    faults.cut_power(5)
    second = wait_health(collector, clock, 2)
    assert (second["boots"], second["reset_cause"], second["crashes"]) == (2, POWER_ON, 0)
    faults.brown_out()
    third = wait_health(collector, clock, 3)
    assert (third["boots"], third["crashes"]) == (3, 0)
    assert third["uptime"] < 120
    assert third["heap_high_water"] > 50_000


def test_a_node_in_order(collector, clock):
    points = wait_health(collector, clock, 1)
    assert points["outbox_depth"] >= 0
    assert [points[name] for name in ("dropped", "corrupt", "configuration")] == [0, 0, 0]
    assert {value for name, value in points.items() if name.startswith("rung_")} == {0}


@pytest.mark.parametrize("rsrp_dbm", [-84, -118, -128])
@pytest.mark.parametrize("part", MODEMS)
def test_the_signal_is_what_the_modem_measures(part, rsrp_dbm):
    from host_tools.collector.payload import EPOCH_UNIX_S
    from host_tools.simulator.cell import CellOptions

    network = CellOptions(
        rsrp_dbm=rsrp_dbm, snr_db=7, cell_id=0x1234567, utc_at_start=START_UNIX - EPOCH_UNIX_S
    )
    pole = pole_with(part).model_copy(update={"health_s": 300})
    with stage(pole, BoardOptions(start_unix=START_UNIX, cell=network)) as made:
        cell = made.simulated.cell
        measured = []
        measure = cell.signal

        def note():
            signal = measure()
            measured.append(signal)
            return signal

        cell.signal = note
        made.play(900)
        points = next(report.points for report in made.health if report.points["rsrp"] is not None)
        found = [(s.rsrp_dbm, s.rsrq_db, s.snr_db) for s in measured if s]
        assert (points["rsrp"], points["rsrq"], points["snr"]) in found
        assert abs(points["rsrp"] - rsrp_dbm) <= 2 and points["snr"] == 7
        assert points["ecl"] == {-84: 0, -118: 1, -128: 2}[rsrp_dbm]
        assert points["cell_id"] == 0x1234567
