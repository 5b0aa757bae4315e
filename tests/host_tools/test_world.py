"""The simulated street: repeatable by seed, plausible, exact in energy."""

import math
import random

import pytest

from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

START_UNIX = 1_767_225_600
QUANTITIES = ("temperature_c", "humidity_percent", "noise_dba", "mains_v", "mains_hz")


def make(seed: int) -> tuple[EventQueue, World]:
    queue = EventQueue()
    return queue, World(queue, random.Random(seed), START_UNIX)


def look(world: World) -> tuple[float, ...]:
    return tuple(getattr(world, name) for name in QUANTITIES)


def test_values_do_not_depend_on_who_looks_when():
    often_queue, often = make(1)
    once_queue, once = make(1)
    for _ in range(500):
        often_queue.run_until(often_queue.now_us + 7_777_777)
        look(often)
    once_queue.run_until(often_queue.now_us)
    assert look(once) == look(often)


def test_seeds_differ():
    assert len({look(make(seed)[1]) for seed in range(20)}) == 20


def test_a_year_is_plausible():
    queue, world = make(3)
    for hour in range(24 * 365):
        queue.run_until(hour * 3_600_000_000)
        assert 15 < world.temperature_c < 35
        assert 40 < world.humidity_percent <= 100
        assert 40 < world.noise_dba < 75
        assert 211 < world.mains_v < 229
        assert 49.95 < world.mains_hz < 50.05


def test_days_are_warm_and_nights_are_quiet():
    queue, world = make(4)
    by_hour = {hour: [] for hour in range(24)}
    for hour in range(24 * 60):
        queue.run_until(hour * 3_600_000_000)
        by_hour[(hour + 8) % 24].append((world.temperature_c, world.noise_dba))  # starts at midnight UTC
    mean = {hour: [sum(column) / 60 for column in zip(*rows, strict=True)] for hour, rows in by_hour.items()}
    assert max(mean, key=lambda hour: mean[hour][0]) in (13, 14, 15)
    assert mean[15][1] > mean[3][1] + 10


def test_lamp_power_and_current():
    _, world = make(5)
    assert world.lamp_power_mw == 500
    for level, power_mw in ((0.1, 15_600), (0.5, 62_000), (1.0, 120_000)):
        world.lamp_level = level
        assert world.lamp_power_mw == power_mw
        assert math.isclose(world.current_a * world.mains_v * world.power_factor, power_mw / 1000)
    assert 0.95 < world.power_factor < 1
    world.lamp_level = 0.1
    assert 0.8 < world.power_factor < 0.95
    for level in (-0.01, 1.01, math.nan):
        with pytest.raises(ValueError):
            world.lamp_level = level


def test_energy_is_exact_over_any_changes():
    queue, world = make(6)
    rng = random.Random(6)
    sum_nj = 0
    for _ in range(300):
        world.lamp_level = rng.choice((0.0, rng.random(), 1.0))
        duration_us = rng.randrange(1, 10**10)
        sum_nj += world.lamp_power_mw * duration_us
        queue.run_until(queue.now_us + duration_us)
        assert world.energy_nj == sum_nj
