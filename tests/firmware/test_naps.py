"""Light sleep in the waits of a wake, on a simulated chip."""

from pathlib import Path

import firmware
from host_tools.simulator.buses import SerialDevice
from host_tools.simulator.chip.sleep import LIGHT
from tests.host_tools.board_bench import BoardBench, printed

PREAMBLE = """
import asyncio, machine, time
from machine import Pin
from firmware.naps import Naps
supply = Pin(12, Pin.OUT, value=1)
other = Pin(13, Pin.OUT, value=1)
naps = Naps([supply])
"""


def bench(source):
    text = Path(firmware.__file__).with_name("naps.py").read_text(encoding="utf-8")
    files = {"main.py": PREAMBLE + source, "lib/firmware/__init__.py": "", "lib/firmware/naps.py": text}
    made = BoardBench(files)
    made.naps = []
    made.chip.sleep_observers.append(
        lambda kind: made.naps.append(made.queue.now_us) if kind == LIGHT else None
    )
    return made


def test_waits_of_all_tasks_become_naps():
    made = bench("""
async def wait(*pauses_ms):
    for pause_ms in pauses_ms:
        await asyncio.sleep_ms(pause_ms)
async def main():
    begin = time.ticks_ms()
    await asyncio.gather(wait(500, 2, 200), wait(300, 3, 3))
    print(time.ticks_diff(time.ticks_ms(), begin) // 10, naps.slept_ms // 10)
asyncio.run(main())
""")
    assert printed(made.run(5)) == ["70 69"]
    assert len(made.naps) == 3


def test_nobody_naps_while_a_task_waits_for_a_stream():
    made = bench("""
async def main():
    stream = asyncio.StreamReader(machine.UART(1, 9600))
    task = asyncio.create_task(stream.read(4))
    await asyncio.sleep_ms(500)
    print(await task, naps.slept_ms // 10)
asyncio.run(main())
""")
    part = SerialDevice()
    made.chip.uarts.units[1].attach(part)
    made.queue.at(300_000, lambda: part.line.send(b"here"))
    assert printed(made.run(5)) == ["b'here' 19"]
    assert len(made.naps) == 1 and made.naps[0] > 300_000


def test_a_supply_is_held_and_can_be_switched_afterwards():
    made = bench("""
async def main():
    await asyncio.sleep_ms(500)
    supply.value(0)
    await asyncio.sleep_ms(500)
asyncio.run(main())
""")
    seen = []

    class Part:
        @staticmethod
        def pin(name, level):
            seen.append((name, level))

    for gpio in (12, 13):
        made.chip.pins.wire(gpio, Part, gpio)
    made.run(5)
    # The other one falls and comes back with each nap.
    assert [level for gpio, level in seen if gpio == 12] == [1, 0]
    assert [level for gpio, level in seen if gpio == 13][:5] == [1, 0, 1, 0, 1]
