"""The mains monitor's driver against its model, and a board that lives on its capacitor."""

import ast
import asyncio
import random

import pytest

from drivers.mains_monitor import MainsMonitor as Driver
from host_tools.boards import load_board
from host_tools.build.bundle import build
from host_tools.build.firmware_files import device_sources
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.devices.mains_monitor import MainsMonitor
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import LAMP_FULL_MW, World
from tests.firmware.test_parts import BOARD
from tests.host_tools.device_bench import START_UNIX, Bench, PinPort

PART = """
[parts]
mains = { part = "mains_monitor", pins = { power_good = 38 } }
"""
WATCH = """
import asyncio, board, time
from firmware.hardware import Hardware
from firmware.last_gasp import watch

def record(cls, code, data):
    print((time.ticks_ms(), cls, code, data))

print(("starts",))
asyncio.run(watch(Hardware(board.PARTS).parts["mains"], record))
"""
FAILED, BACK = (0, 5, (0,)), (0, 5, (1,))  # class ALARM, code POWER


class MainsBench(Bench):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.pin = PinPort(self.make(MainsMonitor), "power_good").wire()
        self.driver = Driver(self.pin)
        self.noticed_s: list[float] = []

    def outage(self, at_s: float, lasts_s: float) -> None:
        self.queue.at(round(at_s * 1e6), lambda: self.world.fail_mains(round(lasts_s * 1e6)))

    async def watch(self) -> None:
        while True:
            for wait in (self.driver.failed, self.driver.returned):
                await wait()
                self.noticed_s.append(self.queue.now_us / 1e6)

    def run_for(self, seconds: float) -> list[float]:
        async def main():
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(self.watch(), seconds)

        self.run(main())
        return self.noticed_s


@pytest.mark.parametrize("seed", range(5))
def test_failure_and_return_are_noticed_at_once(seed):
    bench = MainsBench(seed)
    bench.outage(10, 3)
    bench.outage(20, 0.5)
    noticed_s = bench.run_for(60)
    assert noticed_s == pytest.approx([10, 13, 20, 20.5], abs=0.04)


def test_a_missing_half_wave_is_no_outage():
    bench = MainsBench(1)
    bench.outage(10, 0.01)
    bench.outage(20, 1)
    assert bench.run_for(30) == pytest.approx([20, 21], abs=0.04)


def test_reading():
    bench = MainsBench(1)
    assert bench.run(bench.driver.read()) == {"is_present": 1}
    bench.world.fail_mains(5_000_000)
    bench.pass_seconds(1)
    assert bench.run(bench.driver.read()) == {"is_present": 0}
    bench.pass_seconds(5)
    assert bench.run(bench.driver.read()) == {"is_present": 1}


def test_without_mains_the_lamp_is_dark_and_no_energy_is_counted():
    queue = EventQueue()
    world = World(queue, random.Random(1), START_UNIX)
    world.lamp_level = 1.0
    queue.at(10_000_000, lambda: world.fail_mains(50_000_000))
    queue.run_until(30_000_000)
    assert (world.mains_v, world.current_a, world.lamp_power_mw) == (0, 0, 0)
    queue.run_until(100_000_000)
    assert world.mains_v > 200 and world.current_a > 0
    assert world.energy_nj == LAMP_FULL_MW * 50_000_000  # 100 s less the outage


def test_an_outage_within_another_goes_on_to_its_own_end():
    queue = EventQueue()
    world = World(queue, random.Random(1), START_UNIX)
    changes = []
    world.on_mains(lambda: changes.append((queue.now_us, world.mains_on)))
    world.fail_mains(5_000_000)
    queue.at(3_000_000, lambda: world.fail_mains(10_000_000))
    queue.run_until(60_000_000)
    assert changes == [(0, False), (3_000_000, False), (13_000_000, True)]


def events(tmp_path, outages):
    """((ms, class, code, data) of each event, lives of the program, the board) after a minute."""
    file = tmp_path / "board.toml"
    file.write_text(BOARD + PART)
    product = load_board(str(file))
    queue = EventQueue()
    board = SimulatedBoard(product, queue, VirtualInternet(queue), BoardOptions(start_unix=START_UNIX))
    gasp = device_sources()["firmware.last_gasp"].encode()
    files = {"/main.py": WATCH.encode(), "/lib/firmware/last_gasp.py": gasp}
    for part in build(product, use_stand_in=True, extra_files=files).parts:
        board.flash.program(part.offset, part.data)
    console = bytearray()
    board.chip.console.listeners.append(console.extend)
    for at_s, lasts_s in outages:
        queue.at(at_s * 1_000_000, lambda us=lasts_s * 1_000_000: board.world.fail_mains(us))
    queue.at(60_000_000, board.power_off)
    board.run()
    lines = [ast.literal_eval(line) for line in console.decode().splitlines() if line.startswith("(")]
    return [line for line in lines if line != ("starts",)], lines.count(("starts",)), board


def test_an_outage_that_the_capacitor_bridges(tmp_path):
    found, lives, board = events(tmp_path, [(20, 8)])
    assert [event[1:] for event in found] == [FAILED, BACK]
    assert [event[0] for event in found] == pytest.approx([20_020, 28_020], abs=30)
    assert lives == 1 and not board.chip.resets


def test_an_outage_that_is_longer(tmp_path):
    found, lives, board = events(tmp_path, [(20, 25)])
    assert [event[1:] for event in found] == [FAILED]
    assert lives == 2 and board.chip.resets == {"power cut": 1}


def test_two_short_outages_are_not_one_long(tmp_path):
    found, lives, _ = events(tmp_path, [(20, 8), (29, 8)])
    assert [event[1:] for event in found] == [FAILED, BACK] * 2
    assert lives == 1
