"""The places of the world: the same whoever looks when, plausible, and independent of each other."""

import math
import random
from itertools import pairwise

import pytest

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.occasions import Occasions

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def make(seed: int) -> tuple[EventQueue, World]:
    queue = EventQueue()
    return queue, World(queue, random.Random(seed), 1_767_225_600)


def look(world: World, now_us: int) -> tuple:
    return (
        world.cabinet.voltage_v(1),
        world.cabinet.door_open,
        world.cover.vector_mg(),
        world.water.level_mm,
        world.air.pressure_hpa,
        world.rain.fallen_mm,
        world.vehicles.in_field(now_us),
    )


def test_what_is_there_does_not_depend_on_who_looks_when():
    often_queue, often = make(1)
    for _ in range(700):
        often_queue.run_until(often_queue.now_us + 777_777_777)
        look(often, often_queue.now_us)
    once_queue, once = make(1)
    once_queue.run_until(often_queue.now_us)
    assert look(once, once_queue.now_us) == look(often, often_queue.now_us)


def test_a_place_does_not_depend_on_the_others():
    queue, world = make(2)
    alone_queue, alone = make(2)
    queue.run_until(5 * DAY_US)
    alone_queue.run_until(5 * DAY_US)
    look(world, queue.now_us)
    assert world.water.level_mm == alone.water.level_mm
    assert world.temperature_c == alone.temperature_c


def test_seeds_differ():
    seen = set()
    for seed in range(10):
        queue, world = make(seed)
        queue.run_until(3 * DAY_US)
        seen.add(world.cabinet.voltage_v(0))
    assert len(seen) == 10


@pytest.mark.parametrize("seed", range(5))
def test_occasions(seed):
    occasions = Occasions(random.Random(seed), gap_s=60, shortest_s=5, longest_s=30)
    rng = random.Random(seed)
    known = occasions.since(HOUR_US, HOUR_US)[::-1]
    assert 20 < len(known) < 90
    for before, after in pairwise(known):
        assert before.begins_us < before.ends_us < after.begins_us
        assert 5 <= (before.ends_us - before.begins_us) / 1e6 <= 30
    for _ in range(500):
        time_us = rng.randrange(HOUR_US)
        going_on = [o for o in known if o.begins_us <= time_us < o.ends_us]
        assert occasions.at(time_us) == (going_on[0] if going_on else None)
        later = [o for o in known if o.begins_us > time_us]
        assert not later or occasions.after(time_us) == later[0]
    first = known[0]
    assert occasions.at(first.begins_us - 1) is None
    assert occasions.at(first.begins_us) == first
    assert occasions.at(first.ends_us) is None


def test_a_season_of_rain_and_water():
    """Mostly dry, sometimes flooded, and never jumping; the water comes after the rain."""
    deepest, dry, before, fallen = 0.0, 0, 0.0, 0.0
    queue, world = make(3)
    minutes = 60 * 24 * 90
    for minute in range(minutes):
        queue.run_until(minute * 60_000_000)
        level = world.water.level_mm
        assert 0 <= level <= 1_400
        assert abs(level - before) < 20
        assert 0 <= world.rain.fallen_mm - fallen <= 2.0
        dry += level < 30
        deepest, before, fallen = max(deepest, level), level, world.rain.fallen_mm
    assert deepest > 250
    assert 0.9 * minutes < dry < minutes
    assert 200 < fallen < 900
    world.water.force(77)
    assert world.water.level_mm == 77


def test_a_month_of_air_pressure():
    """It changes by some hPa in a day, never fast, and stays what air is."""
    queue, world = make(4)
    hpa = []
    for hour in range(24 * 31):
        queue.run_until(hour * HOUR_US)
        hpa.append(world.air.pressure_hpa)
    assert 1000 < min(hpa) < 1010 < 1016 < max(hpa) < 1026
    assert 0.5 < max(abs(later - earlier) for earlier, later in pairwise(hpa)) < 2
    days = [abs(later - earlier) for earlier, later in zip(hpa, hpa[24:], strict=False)]
    assert 3 < math.sqrt(sum(change**2 for change in days) / len(days)) < 7
    world.air.mean_hpa -= 100
    assert world.air.pressure_hpa == pytest.approx(hpa[-1] - 100)


def test_a_forced_cloudburst():
    queue, world = make(9)
    world.rain.force((3600, 1800, 30.0), (86_400, 600, 1.0))
    assert world.rain.reaches_us(0.2) > HOUR_US
    assert world.rain.reaches_us(30.2) is None  # that is the next shower's
    queue.run_until(HOUR_US)
    at_us = world.rain.reaches_us(15.0)
    assert math.isclose(at_us, 4500e6, rel_tol=1e-6)
    queue.run_until(at_us)
    assert math.isclose(world.rain.fallen_mm, 15.0, rel_tol=1e-5) and world.rain.raining
    wet = world.water.level_mm
    queue.run_until(5400 * 1_000_000)
    assert not world.rain.raining and world.rain.fallen_mm == 30.0
    assert world.water.level_mm > wet
    queue.run_until(5 * HOUR_US)
    assert world.water.level_mm < 2
    queue.run_until(2 * DAY_US)
    assert world.rain.fallen_mm == 31.0 and world.rain.ends_us() is None


def test_a_shower_on_demand():
    queue, world = make(9)
    told = []
    world.rain.observers.append(lambda: told.append(queue.now_us))
    world.rain.force((3600, 1800, 30.0))
    queue.run_until(4500 * 1_000_000)  # in its middle
    world.rain.begin(600, 12.0)
    assert math.isclose(world.rain.fallen_mm, 15.0, rel_tol=1e-5) and told == [0, queue.now_us]
    queue.run_until(2 * HOUR_US)
    assert math.isclose(world.rain.fallen_mm, 27.0, rel_tol=1e-5) and world.rain.ends_us() is None
    assert [shower.total_mm for shower in world.rain.since(queue.now_us)] == [pytest.approx(15.0), 12.0]


def test_cabinet_energy_is_exact_over_any_switching():
    queue, world = make(4)
    rng = random.Random(4)
    sum_nj = 0
    for _ in range(200):
        world.cabinet.lit = rng.random() < 0.5
        duration_us = rng.randrange(1, 10**10)
        sum_nj += world.cabinet.total_mw * duration_us
        queue.run_until(queue.now_us + duration_us)
        assert world.cabinet.energy_nj == sum_nj
    world.cabinet.lit = True
    power_w = world.cabinet.voltage_v(2) * world.cabinet.current_a(2) * 0.95
    assert math.isclose(power_w * 1000, world.cabinet.power_mw(2))


def test_the_door_tells_when_it_moves():
    queue, world = make(5)
    moves = []
    world.cabinet.on_door(lambda: moves.append((queue.now_us, world.cabinet.door_open)))
    queue.run_until(200 * DAY_US)
    assert len(moves) > 5
    assert [is_open for _, is_open in moves] == [i % 2 == 0 for i in range(len(moves))]
    world.cabinet.force_door(True)
    assert moves[-1] == (queue.now_us, True)


def test_the_cover():
    queue, world = make(6)
    cover = world.cover
    shocks = []
    cover.on_motion(lambda: shocks.append(cover.shaking_until_us - queue.now_us))
    queue.run_until(HOUR_US)
    assert 5 < len(shocks) < 40
    assert all(200_000 <= shock <= 600_000 for shock in shocks)
    cover.quiet = True
    queue.run_until(2 * HOUR_US)
    count = len(shocks)
    cover.tilt(60, lasts_s=2)
    queue.run_until(queue.now_us + 1_000_000)
    assert math.isclose(cover.angle_deg, 30)
    queue.run_until(queue.now_us + 1_000_001)
    count = len(shocks)
    x, y, z = cover.vector_mg()
    assert math.isclose(z, 500) and math.isclose(math.hypot(x, y, z), 1000)
    assert cover.shaking_until_us == queue.now_us
    queue.run_until(3 * HOUR_US)
    assert len(shocks) == count


def test_vehicles():
    _, world = make(7)
    per_second = [len(world.vehicles.in_field(second * 1_000_000)) for second in range(3600)]
    assert per_second.count(0) > 1800  # gaps between platoons
    assert 1 <= max(per_second) <= 3
    epcs = {tag.epc for second in range(3600) for tag in world.vehicles.in_field(second * 1_000_000)}
    assert 50 < len(epcs) <= 400
    assert {len(epc) for epc in epcs} == {12}


def test_the_battery_is_flat_and_then_empty():
    queue, world = make(8)
    battery = world.battery
    assert battery.voltage_mv == 3660
    share = 0.0
    while share < 1.0:
        battery.take(1.0)
        queue.run_until(queue.now_us + DAY_US)
        battery.take(0.0)
        share = battery.used_mah / battery.capacity_mah
        assert share > 0.94 or battery.voltage_mv >= 3600
    assert 500 < queue.now_us / DAY_US < 900  # 18.4 Ah at 1 mA, less what it loses by itself
    assert battery.voltage_mv == 2000


def test_a_stream_is_plausible_and_follows_the_rain():
    queue, world = make(11)
    world.rain.force((5 * 86_400, 3600, 80))
    stream, day, storm = world.stream, [], []
    for hour in range(6 * 24):
        queue.run_until(hour * HOUR_US)
        assert 400 < world.water.level_mm < 2100 and 500 < stream.velocity_mmps < 2000
        assert 6 < stream.acidity_ph < 9 and 2 < stream.oxygen_mgpl < 12
        assert 0 < stream.turbidity_ntu < 900 and 50 < stream.conductivity_uspcm < 600
        (storm if hour > 120 else day).append((world.water.level_mm, stream.turbidity_ntu))
    assert max(level for level, _ in storm) > 100 + max(level for level, _ in day)
    assert max(turbidity for _, turbidity in storm) > 2 * max(turbidity for _, turbidity in day)
    before = stream.oxygen_mgpl, stream.velocity_mmps
    stream.sewage, stream.pace = 0.8, 0.5
    assert stream.oxygen_mgpl < 0.4 * before[0] and stream.velocity_mmps == before[1] / 2


def test_a_stream_does_not_depend_on_who_looks_when():
    often_queue, often = make(12)
    for _ in range(300):
        often_queue.run_until(often_queue.now_us + 777_777_777)
        assert often.stream.velocity_mmps
    once_queue, once = make(12)
    once_queue.run_until(often_queue.now_us)
    assert once.stream.velocity_mmps == often.stream.velocity_mmps
    assert once.stream.oxygen_mgpl == often.stream.oxygen_mgpl
    assert make(13)[1].stream.velocity_mmps != make(14)[1].stream.velocity_mmps
