"""`bluetooth` in the VM: a scanner's calls, and what comes through the simulated air."""

import random
from itertools import pairwise

import pytest

from host_tools.simulator.worlds.fobs import Fob, Fobs
from tests.host_tools.board_bench import BoardBench, printed
from tests.host_tools.conformance_bench import check

KEY = bytes(range(16))
START = 1_767_225_600
SCAN = """
import bluetooth, machine, time
heard = []
def handler(event, data):
    heard.append((event, time.ticks_ms()) + tuple(bytes(x) if isinstance(x, memoryview) else x for x in data))
ble = bluetooth.BLE()
ble.irq(handler)
ble.active(True)
"""


def scanned(program, *, fobs=(), prepare=lambda bench: None, seconds=30, chip="esp32c3"):
    """The lines that `program`, behind SCAN, prints."""
    bench = BoardBench({"main.py": SCAN + program}, chip=chip)
    air = Fobs(bench.queue, random.Random(1), lambda: START + bench.queue.now_us / 1e6)
    bench.chip.bluetooth.air = lambda: air
    for fob in fobs:
        air.arrive(fob)
    prepare(bench)
    return printed(bench.run(seconds))


def events(program, **options):
    return [eval(line) for line in scanned(program + "\nfor one in heard: print(one)\n", **options)]


def test_a_scan_hears_each_advertisement_and_ends():
    fob = Fob(KEY, heard=1.0)
    found = events("ble.gap_scan(10_000, 30_000, 30_000)\ntime.sleep_ms(11_000)", fobs=[fob])
    *results, done = found
    assert 9 <= len(results) <= 10 and all(len(result) == 7 for result in results)
    event, _, kind, address, advertisement, rssi, data = results[0]
    assert (event, kind, advertisement) == (5, 1, 3) and address[0] >= 0xC0 and -85 <= rssi <= -55
    assert data == fob.advertisement(START)
    gaps = [b[1] - a[1] for a, b in pairwise(results)]
    assert all(1000 <= gap <= 1011 for gap in gaps) and len(set(gaps)) > 3
    assert done[0] == 6 and len(done) == 2 and done[1] - results[0][1] < 10_001


def test_a_window_that_is_seldom_open_hears_little():
    program = "ble.gap_scan(300_000, 1_280_000, 128_000)\ntime.sleep_ms(301_000)"
    *results, _ = events(program, fobs=[Fob(KEY, heard=1.0)], seconds=400)
    assert 10 < len(results) < 60  # of 300, a tenth


def test_what_is_lost_on_the_way():
    *results, _ = events(
        "ble.gap_scan(100_000, 30_000, 30_000)\ntime.sleep_ms(101_000)",
        fobs=[Fob(KEY, heard=0.5)],
        seconds=130,
    )
    assert 35 < len(results) < 65


def test_light_sleep_ends_a_scan_without_a_word():
    program = "ble.gap_scan(5000, 30_000, 30_000)\ntime.sleep_ms(2000)\nbefore = len(heard)\n"
    lines = scanned(
        program + "machine.lightsleep(100)\ntime.sleep_ms(9000)\nprint(before, len(heard), ble.active())",
        fobs=[Fob(KEY, heard=1.0)],
    )
    assert lines == ["2 2 True"]


def test_a_stopped_scan_is_over():
    program = "ble.gap_scan(0, 30_000, 30_000)\ntime.sleep_ms(3000)\nble.gap_scan(None)\nprint(len(heard))\n"
    lines = scanned(
        program + "time.sleep_ms(3000)\nprint(len(heard), heard[-1][0])", fobs=[Fob(KEY, heard=1.0)]
    )
    assert lines == ["4", "4 6"]


def test_memoryviews_are_valid_only_in_the_handler():
    program = """
kept = []
ble.irq(lambda event, data: kept.append(data))
ble.gap_scan(2500, 30_000, 30_000)
time.sleep_ms(3000)
print(bytes(kept[0][1]), any(kept[0][4]), kept[-1])
"""
    assert scanned(program, fobs=[Fob(KEY, heard=1.0)]) == ["b'\\x00\\x00\\x00\\x00\\x00\\x00' False ()"]


def test_a_handler_that_fails_is_told_and_the_next_event_comes():
    program = "ble.irq(lambda event, data: [print(event), 1 // 0])\nble.gap_scan(2500, 30_000, 30_000)\n"
    lines = scanned(program + "time.sleep_ms(3000)", fobs=[Fob(KEY, heard=1.0)])
    assert [line for line in lines if line.isdigit()] == ["5", "5", "6"]
    assert sum("ZeroDivisionError" in line for line in lines) == 3


def test_deep_sleep_and_resets_switch_it_off():
    program = "print(ble.active())\nble.gap_scan(0)\nmachine.deepsleep(100_000)"
    bench = BoardBench(
        {"main.py": SCAN.replace("ble.active(True)", "") + "print(ble.active())\nble.active(1)\n" + program}
    )
    states = []
    bench.chip.bluetooth.observers.append(lambda: states.append(bench.chip.bluetooth.is_on))
    lines = bench.run(150)
    assert lines.count("False\r\nTrue\r\n") == 2 and states == [True, False, True, False]


def test_a_radio_that_does_not_start():
    def broken(bench):
        bench.chip.bluetooth.fails = True

    setup = "import bluetooth, errno, time\nble = bluetooth.BLE()\nbegun = time.ticks_ms()"
    table = [
        ("ble.active(True)", "OSError: 110"),
        ("1900 < time.ticks_ms() - begun < 2200", "True"),
        ("ble.active()", "False"),
        ("ble.active(False)", "False"),
    ]
    check(setup, table, prepare=broken)


def test_calls():
    table = [
        ("bluetooth.BLE() is ble", "True"),
        ("ble.active()", "False"),
        ("ble.gap_scan(1000)", "OSError: 19"),
        ("ble.gap_scan(None)", "OSError: 19"),
        ("ble.config('mac')", "OSError: 19"),
        ("ble.active(True)", "True"),
        ("ble.config('mac')", "(0, b'\\x02\\xc1p\\xaa\\xbb\\xce')"),
        ("ble.config('gap_name')", "NotImplementedError: *"),
        ("ble.config(rxbuf=1000)", "None"),
        ("ble.config('mac', rxbuf=1)", "TypeError: can't specify pos and kw args"),
        ("ble.irq(1)", "ValueError: invalid handler"),
        ("ble.irq(None)", "None"),
        ("ble.gap_scan(1000, 30000, 60000)", "OSError: 5"),
        ("ble.gap_scan(1000)", "None"),
        ("ble.gap_scan(1000)", "OSError: 114"),
        ("ble.gap_scan(None)", "None"),
        ("ble.gap_scan(None)", "None"),
        ("ble.gap_advertise(1000)", "NotImplementedError: BLE.gap_advertise is not simulated"),
        ("ble.gattc_read(1, 2)", "NotImplementedError: BLE.gattc_read is not simulated"),
        ("ble.nonsense", "AttributeError: nonsense"),
        ("ble.active(False)", "False"),
    ]
    check("import bluetooth\nble = bluetooth.BLE()", table)


@pytest.mark.parametrize("seed", range(2))
def test_the_same_seed_is_the_same_air(seed):
    def heard():
        bench = BoardBench()
        air = Fobs(bench.queue, random.Random(seed), lambda: START)
        air.arrive(Fob(KEY))
        found = []
        air.listen(lambda *facts: found.append((bench.queue.now_us, *facts)))
        bench.queue.run_until(20_000_000)
        return found

    assert heard() == heard() and len(heard()) > 10
