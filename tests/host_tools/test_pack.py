"""A cell on a panel: what goes in and out is what is left; full, empty, frost, voltage."""

import random

import pytest

from host_tools.boards.model import SolarUse
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.pack import CELL_MAH, LOW_SHARE, Pack

START_UNIX = 1_767_225_600
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def make(panel_w=1.0, seed=1):
    queue = EventQueue()
    world = World(queue, random.Random(seed), START_UNIX, SolarUse(panel_w=panel_w, tilt_deg=30.0))
    return queue, world, world.battery


def account(pack, begun_mah):
    return begun_mah + pack.charged_mah - pack.drawn_mah - pack.lost_mah


def test_what_goes_in_and_out_is_what_is_left_however_often_it_is_asked():
    ends = []
    for looks in (40, 40_000):
        queue, _, pack = make()
        pack.charge_mah = 3000.0
        rng = random.Random(2)
        for day in range(8):
            pack.take(0.05 if day % 2 else 20.0)
            for _ in range(looks // 8):
                queue.run_until(min(queue.now_us + rng.randrange(8 * DAY_US // looks), (day + 1) * DAY_US))
                pack.take(pack.load_ma)
            queue.run_until((day + 1) * DAY_US)
        pack.take(0.0)
        assert pack.charge_mah == pytest.approx(account(pack, 3000.0), abs=1e-6)
        assert pack.drawn_mah == pytest.approx(4 * 24 * 20.05)
        assert pack.charged_mah > 1000 and pack.lost_mah > 10
        ends.append(pack.charge_mah)
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)


def test_a_full_cell_takes_no_more():
    queue, world, pack = make()
    world.sun.force(0.8)
    queue.run_until(4 * DAY_US)
    pack.take(5.0)
    # As many nights have taken from it as days have filled up.
    assert pack.charge_mah <= CELL_MAH
    assert pack.charge_mah > 0.999 * CELL_MAH
    assert pack.offered_mah > 20 * pack.charged_mah
    assert pack.charge_mah == pytest.approx(account(pack, CELL_MAH), abs=1e-6)


def test_an_empty_cell_gives_no_more():
    queue, world, pack = make()
    world.sun.force(0.0)
    pack.charge_mah = 10.0
    pack.take(5.0)
    queue.run_until(12 * HOUR_US)
    pack.take(5.0)
    assert pack.charge_mah == pytest.approx(0.0, abs=1e-9)
    assert pack.drawn_mah == pytest.approx(10.0 - pack.lost_mah)
    assert pack.voltage_mv < 2500


def test_no_charging_in_frost_and_by_the_hour():
    queue, world, pack = make()
    world.sun.force(0.8)
    pack.charge_mah = 1000.0
    world.mean_c = -15.0
    queue.run_until(2 * DAY_US)
    pack.take(0.0)
    assert pack.charged_mah == pack.offered_mah == 0.0
    world.mean_c = (
        0.0  # frost at night, none at noon: what is asked at night must not count for the noon before
    )
    queue.run_until(3 * DAY_US - 4 * HOUR_US)  # 4 in the morning
    assert world.temperature_c < 0
    pack.take(0.0)
    assert 50 < pack.charged_mah < 1000


def test_self_discharge():
    queue, world, _ = make()
    world.sun.force(0.0)
    cool, warm = (
        Pack(queue, lambda _, c=c: c, world.sun, SolarUse(panel_w=1.0, tilt_deg=0.0)) for c in (20.0, 30.0)
    )
    queue.run_until(30 * DAY_US)
    for pack, share in ((cool, 0.03), (warm, 0.06)):
        pack.take(0.0)
        assert pack.lost_mah == pytest.approx(CELL_MAH * share, rel=0.05)


def test_voltage():
    _, world, pack = make(panel_w=6.0)
    world.sun.force(0.0)
    volts = []
    for percent in range(101):
        pack.charge_mah = CELL_MAH * percent / 100
        volts.append(pack.voltage_mv)
    assert volts == sorted(volts)
    assert volts[0] == 2500 and volts[round(100 * LOW_SHARE)] == 3000 and volts[50] == 3260
    pack.take(100.0)
    warm_drop_mv = pack.rest_mv - pack.voltage_mv
    assert 3 < warm_drop_mv < 9
    world.mean_c -= 40
    assert pack.rest_mv - pack.voltage_mv == pytest.approx(4 * warm_drop_mv)


def test_no_sun_lifts_it_beyond_what_a_modem_bears():
    queue, world, pack = make(panel_w=20.0)  # more than a board may have
    world.mean_c, world.season_c = 5.0, 0.0
    world.sun.force(1.0)
    highest_mv = 0.0
    for hour in range(48):
        queue.run_until(hour * HOUR_US)
        pack.take(0.0)
        highest_mv = max(highest_mv, pack.voltage_mv)
    assert highest_mv == 3550 <= 3630 / 1.02


def test_cells_in_parallel():
    queue = EventQueue()
    panel = SolarUse(panel_w=12.0, tilt_deg=30.0)
    pack = World(queue, random.Random(1), START_UNIX, panel, 2).battery
    assert pack.charge_mah == 2 * CELL_MAH and pack.share == 1.0
    alone = World(queue, random.Random(1), START_UNIX, panel).battery
    for battery in (pack, alone):
        battery.charge_mah = 3000.0
        battery._sun.force(0.0)
        battery.take(200.0)
    assert pack.share == 0.25 and alone.share == 0.5
    assert alone.rest_mv - alone.voltage_mv == pytest.approx(2 * (pack.rest_mv - pack.voltage_mv))


def test_force_counts_from_its_moment():
    queue, world, pack = make()
    world.sun.force(0.0)
    pack.charge_mah = 1000.0
    queue.run_until(5 * HOUR_US + 123_456_789)  # 13:02 in Shenzhen, and not at a step's border
    world.sun.force(0.7)
    assert pack.offered_mah == 0.0
    queue.run_until(queue.now_us + HOUR_US)
    pack.take(0.0)
    hour_mah = pack.offered_mah
    assert 80 < hour_mah < 160  # of that hour, not of the morning
    world.sun.force(0.0)
    queue.run_until(queue.now_us + HOUR_US)
    pack.take(0.0)
    assert pack.offered_mah == hour_mah


def test_a_charge_that_is_set_is_what_is_left_from_then_on():
    queue, world, pack = make()
    world.sun.force(0.8)
    queue.run_until(5 * HOUR_US)
    pack.charge_mah = 5.0
    assert pack.charge_mah == 5.0
    queue.run_until(6 * HOUR_US)
    assert 50 < pack.charge_mah < 300
