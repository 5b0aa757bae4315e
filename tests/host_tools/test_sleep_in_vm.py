"""Deep and light sleep, what wakes the chip, and the memory that stays."""

import textwrap

import pytest

from tests.host_tools.board_bench import BoardBench, printed

PREAMBLE = "import esp32, machine, time\nfrom machine import Pin, RTC\n"


def boots(source, *, levels=(), seconds=20, chip="esp32s3"):
    """What each boot prints; levels: (second, gpio, level)."""
    bench = BoardBench({"main.py": PREAMBLE + textwrap.dedent(source)}, chip=chip)
    for second, gpio, level in levels:
        bench.queue.at(
            round(second * 1_000_000), lambda gpio=gpio, level=level: bench.chip.pins.drive(gpio, level)
        )
    banner = "ets Jul 29" if chip == "esp32" else "ESP-ROM:"
    return [(part, printed(part)) for part in bench.run(seconds).split(banner)[1:]]


def test_deep_sleep_by_time():
    parts = boots("""
        rtc = RTC()
        count = rtc.memory()
        print(machine.reset_cause(), machine.wake_reason(), count, time.time())
        rtc.memory(count + b"x")
        machine.deepsleep(6000)
    """)
    assert [lines for _, lines in parts] == [
        ["1 0 b'' 0"],
        ["4 4 b'x' 6"],
        ["4 4 b'xx' 12"],
        ["4 4 b'xxx' 18"],
    ]
    assert "(POWERON)" in parts[0][0] and "(DSLEEP)" in parts[1][0]


SLEEPS = """
    print(machine.wake_reason(), time.time())
    if machine.reset_cause() == machine.PWRON_RESET:
        {}
        machine.deepsleep()
"""
HIGH, LOW = "esp32.WAKEUP_ANY_HIGH", "esp32.WAKEUP_ALL_LOW"
BOTH_FALL = [(0, 4, 1), (0, 5, 1), (3, 4, 0), (6, 5, 0)]


@pytest.mark.parametrize(
    ("chip", "setup", "levels", "wakes"),
    [
        ("esp32s3", f"esp32.wake_on_ext0(Pin(5, Pin.IN), {HIGH})", [(3, 5, 1)], "2 3"),
        ("esp32s3", f"esp32.wake_on_ext0(Pin(5, Pin.IN, Pin.PULL_UP), {LOW})", [(3, 5, 0)], "2 3"),
        ("esp32s3", f"esp32.wake_on_ext1((Pin(4), Pin(5)), {HIGH})", [(3, 5, 1)], "3 3"),
        ("esp32s3", f"esp32.wake_on_ext1((Pin(4), Pin(5)), {LOW})", BOTH_FALL, "3 3"),
        ("esp32", f"esp32.wake_on_ext1((Pin(4), Pin(2)), {LOW})", [(0, 4, 1), (3, 4, 0)], "3 3"),
        (
            "esp32",
            f"esp32.wake_on_ext1((Pin(4), Pin(2)), {LOW})",
            [(0, 4, 1), (0, 2, 1), (3, 4, 0), (6, 2, 0)],
            "3 6",
        ),
        ("esp32c3", f"esp32.wake_on_gpio((Pin(4), Pin(5)), {HIGH})", [(3, 5, 1)], "7 3"),
    ],
)
def test_deep_sleep_until_a_pin(chip, setup, levels, wakes):
    parts = boots(SLEEPS.format(setup), levels=levels, chip=chip)
    assert [lines for _, lines in parts] == [["0 0"], [wakes]]


@pytest.mark.parametrize("chip", ["esp32s3", "esp32c3"])
def test_gpio_wake_from_deep_sleep_is_the_c3s_and_there_of_pins_0_to_5(chip):
    setup = f"esp32.wake_on_gpio((Pin(6),), {HIGH})"
    assert len(boots(SLEEPS.format(setup), levels=[(3, 6, 1)], chip=chip)) == 1


def test_what_a_chip_has_not():
    assert boots("print(hasattr(esp32, 'wake_on_ext0'), hasattr(esp32, 'wake_on_ext1'))", chip="esp32c3")[0][
        1
    ] == ["False False"]
    refused = "try:\n    esp32.wake_on_ext0(Pin(22), True)\nexcept ValueError as error:\n    print(error)\n"
    assert boots(refused, chip="esp32")[0][1] == ["invalid pin"]


def test_light_sleep_goes_on_where_it_was():
    source = f"""
    esp32.wake_on_gpio((Pin(6, Pin.IN),), {HIGH})
    machine.lightsleep(2000)
    print(time.ticks_ms(), machine.wake_reason())
    machine.lightsleep()
    print(time.ticks_ms(), machine.wake_reason())
    """
    assert boots(source, levels=[(5, 6, 1)])[0][1] == ["2000 4", "5000 7"]


def test_the_clock_is_kept_over_resets_but_not_over_power():
    source = """
    if machine.reset_cause() == machine.PWRON_RESET:
        RTC().datetime((2026, 1, 2, 0, 3, 4, 5, 0))
        RTC().memory(b"kept")
        machine.reset()
    print(RTC().datetime()[:3], RTC().memory())
    """
    assert boots(source)[1][1] == ["(2026, 1, 2) b'kept'"]


def test_rtc_memory_has_a_limit_and_can_be_emptied():
    source = """
    rtc = RTC()
    rtc.memory(bytes(2048))
    try:
        rtc.memory(bytes(2049))
    except ValueError as error:
        print(error, len(rtc.memory()))
    rtc.memory(b"")
    print(rtc.memory())
    """
    assert boots(source)[0][1] == ["buffer too long 2048", "b''"]


def test_power_loss_clears_rtc_memory():
    bench = BoardBench({"main.py": PREAMBLE + "print(RTC().memory())\nRTC().memory(b'x')\n"})
    assert printed(bench.run()) == printed(bench.run()) == ["b''"]
