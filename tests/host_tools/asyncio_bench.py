"""Programs with asyncio on a simulated board: what they print, and when."""

import textwrap

from host_tools.simulator.buses import SerialDevice
from tests.host_tools.board_bench import BoardBench, printed

PREAMBLE = """
import asyncio, time
from asyncio import sleep_ms
_started = time.ticks_ms()
def at(*words):
    print(time.ticks_diff(time.ticks_ms(), _started) // 10 * 10, *words)
async def value(delay_ms, value):
    await sleep_ms(delay_ms)
    return value
async def fail(delay_ms):
    await sleep_ms(delay_ms)
    raise ValueError(delay_ms)
async def patient(name):
    try:
        await sleep_ms(10_000)
    except asyncio.CancelledError:
        at(name, "cancelled")
        raise
"""


def lines_of(source, seconds=60.0, bench=None):
    """What the program prints; times in its output are in steps of 10 ms since its start."""
    bench = bench or BoardBench()
    bench.load({"main.py": PREAMBLE + textwrap.dedent(source)})
    return printed(bench.run(seconds))


def lines_of_main(body, seconds=60.0, bench=None):
    """The same for the body of an `async def main()`."""
    main = "async def main():\n" + textwrap.indent(textwrap.dedent(body), "    ")
    return lines_of(f"{main}\nasyncio.run(main())\n", seconds, bench)


class Echo(SerialDevice):
    """Sends back what it hears, after a while."""

    baudrate = 9600

    def receive(self, data):
        self.line.send(data, 50_000)


def bench_with_echo():
    bench = BoardBench()
    bench.chip.uarts.units[1].attach(Echo())
    return bench
