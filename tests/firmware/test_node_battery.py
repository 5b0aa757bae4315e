"""Nodes on a cell: what they count, brown-outs, a low battery, crashes of nodes that sleep, the shelf."""

import pytest

from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.provisioning.identity import NVS_KEY, NVS_NAMESPACE
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.simulation import START_UNIX, nvs_of
from host_tools.simulator.worlds.battery import Battery
from protocols.message_numbers import ALARM
from tests.firmware.life_bench import LifeBench, said
from tests.firmware.sleeper_bench import HOUR_S, sleeper

DAY_S = 86_400
CRASHES = """
import asyncio
async def main(safe):
    print("node: safe" if safe else "node: normal")
    await asyncio.sleep(5)
    1 / 0
"""


def alarms_s(bench):
    """When those that begin were taken, since power-on."""
    events = bench.store.events(bench.node)
    return [event.time - START_UNIX for event in events if event.code == ALARM and event.data[1] == 1]


def test_a_node_counts_what_it_takes():
    with sleeper("water_level") as bench:
        bench.run(12 * 24)
        health = bench.health[-1].points
        drawn_mah = sum(bench.account.drawn_mah().values())
        assert health["used"] * 1000 == pytest.approx(drawn_mah, rel=0.3)
        assert health["left"] / 24 == pytest.approx(17_000 / drawn_mah * 12, rel=0.3)
        assert health["brown_outs"] == 0


def test_a_cold_passivated_cell_breaks_down_and_the_node_gets_through():
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S, rsrp_dbm=-119)
    with sleeper(cell=cell) as bench:

        def passivate():
            bench.world.battery.film, bench.world.battery.buffer_ohm = 1.0, None
            bench.world.mean_c = -10.0

        bench.at(4.5 * HOUR_S, passivate)
        bench.at(5 * HOUR_S, lambda: bench.world.cover.tilt(40))
        bench.run(36)
        assert 1 <= bench.simulated.chip.resets["brown-out"] < 15
        assert alarms_s(bench) and bench.health[-1].points["brown_outs"] >= 1


def test_a_low_cell_stretches_the_periods_but_not_an_alarm():
    with sleeper() as bench:
        bench.at(3.5 * HOUR_S, lambda: setattr(bench.simulated.parts["battery"], "drop_mv", 800))
        bench.at(20.5 * HOUR_S, lambda: bench.world.cover.tilt(40))
        bench.run(21)
        late = [wake for wake in bench.wakes if 5 * HOUR_S < wake < 20.4 * HOUR_S]
        assert 3 <= len(late) <= 5
        assert abs(alarms_s(bench)[0] - 20.5 * HOUR_S) < 30


@pytest.mark.parametrize("life", ["firmware.sleeper", "firmware.awake"])
def test_who_sleeps_waits_asleep_after_a_crash_but_not_after_power_on(life):
    bench = LifeBench(CRASHES, life=life)
    console = bench.run(300)
    starts = [line for line in said(console) if line in ("normal", "safe")]
    assert starts[:5] == ["normal"] * 4 + ["safe"]
    asleep = bench.chip.resets["deep-sleep"]
    assert (asleep >= 3) == (life == "firmware.sleeper")


def test_who_is_not_provisioned_sleeps_after_a_while():
    with sleeper() as bench:
        nvs_of(bench.simulated).put(NVS_NAMESPACE, NVS_KEY, b"{}")
        bench.run(50)
        assert "not provisioned" in bench.console
        assert bench.simulated.chip.resets == {"deep-sleep": 3}
        assert sum(bench.account.drawn_mah().values()) < 10


def test_wakes_that_store_go_on_with_their_numbers():
    with sleeper("water_level") as bench:
        bench.run(20)
        numbers = [report.seq for report in bench.reports]
        assert len(numbers) > 15 and max(numbers) - min(numbers) < 40
        assert len(numbers) == len(set(numbers))


def test_a_film_grows_at_rest_and_breaks_under_load():
    queue = EventQueue()
    cell = Battery(queue, lambda: 20.0)
    cell.buffer_ohm = None
    cell.take(0.01)
    queue.run_until(180 * DAY_S * 1_000_000)
    cell.take(50.0)
    first_mv = cell.voltage_mv
    queue.run_until(queue.now_us + 30_000_000)
    cell.take(50.0)
    assert cell.voltage_mv > first_mv + 300
    cold = Battery(queue, lambda: -20.0)
    cold.buffer_ohm = None
    cold.take(50.0)
    warm_mv = cell.voltage_mv
    assert cold.voltage_mv < warm_mv
    assert cell.used_mah == pytest.approx(0.01 * 24 * 180 + 50 * 30 / 3600 + 188 * 180 / 365.25, rel=0.02)


def test_a_modem_without_a_network_does_not_search_on():
    with sleeper() as bench:
        bench.at(2 * HOUR_S, lambda: setattr(bench.simulated.cell, "coverage", False))
        bench.at(2.5 * HOUR_S, lambda: bench.world.cover.tilt(40))
        bench.at(26 * HOUR_S, lambda: setattr(bench.simulated.cell, "coverage", True))
        bench.run(36)
        assert bench.account.drawn_mah()["modem searching"] < 35  # it would take 600
        assert alarms_s(bench)
