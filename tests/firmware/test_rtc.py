"""The chip's clock as timekeeping sees it, on a simulated chip."""

from pathlib import Path

from tests.host_tools.board_bench import BoardBench, printed

ROOT = Path(__file__).parent.parent.parent
FILES = {
    f"lib/{name}": (ROOT / name).read_text(encoding="utf-8")
    for name in ("firmware/rtc.py", "firmware/timekeeping.py")
}
MAIN = """
import time
import machine
from firmware.rtc import Rtc
from firmware.timekeeping import SERVER, START, Timekeeper
rtc = Rtc()
keeper = Timekeeper(rtc, 200_000_000)
print(keeper.now(), rtc.read() - START < 60)
if keeper.now() is None:
    time.sleep(10)
    stamp = keeper.stamp()
    old, new = keeper.synchronise(210_000_000, SERVER)
    print(old - stamp <= 1, new)
print(time.gmtime()[:6])
time.sleep(5)
if machine.reset_cause() == machine.PWRON_RESET:
    machine.reset()
"""

POWER_ON = ["None True", "True 210000000", "(2026, 8, 27, 13, 20, 0)"]
RESET = ["210000005 False", "(2026, 8, 27, 13, 20, 5)"]


def test_the_clock_is_set_and_runs_through_a_reset():
    console = BoardBench({**FILES, "main.py": MAIN}).run(30)
    power_on, _, reset = console.partition("RTC_SW_CPU_RST")
    assert printed(power_on)[: len(POWER_ON)] == POWER_ON
    assert printed(reset) == RESET
