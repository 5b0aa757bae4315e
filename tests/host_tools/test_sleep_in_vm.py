"""Deep and light sleep, what wakes the chip, and the memory that stays."""

import textwrap

import pytest

from host_tools.simulator.buses import PinDevice, SerialDevice
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
        ["4 4 b'xxx' 19"],
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


@pytest.mark.parametrize(("kinds", "wakes"), [("machine.DEEPSLEEP", "2 3"), ("machine.SLEEP", "4 9")])
def test_a_pin_irq_wakes_from_the_kinds_of_sleep_that_it_names(kinds, wakes):
    setup = f"Pin(5, Pin.IN).irq(None, Pin.WAKE_HIGH, wake={kinds}); machine.deepsleep(9000)"
    parts = boots(SLEEPS.format(setup), levels=[(3, 5, 1)])
    assert [lines for _, lines in parts] == [["0 0"], [wakes]]


def test_deep_sleep_of_no_time_is_short():
    assert boots(SLEEPS.format("machine.deepsleep(0)"))[1][1] == ["4 0"]


class Recorder(PinDevice):
    """Notes what the pins do, and when in seconds."""

    def __init__(self, queue):
        self.queue = queue
        self.seen = []

    def pin(self, name, level):
        self.seen.append((name, level, self.queue.now_us // 1_000_000))

    def pwm(self, name, duty, frequency_hz):
        self.seen.append((name, frequency_hz, self.queue.now_us // 1_000_000))


def recorded(source, gpios, seconds=10, chip="esp32s3"):
    bench = BoardBench({"main.py": PREAMBLE + textwrap.dedent(source)}, chip=chip)
    recorder = Recorder(bench.queue)
    for gpio in gpios:
        bench.chip.pins.wire(gpio, recorder, gpio)
    bench.run(seconds)
    return recorder.seen


@pytest.mark.parametrize(
    ("keep", "seen"),
    [
        # GPIO 4 is of the always-on domain, 38 is not.
        ("", [(38, 0, 1)]),
        ("esp32.gpio_deep_sleep_hold(True)", []),
    ],
)
def test_a_held_output_stays_through_deep_sleep_until_the_program_lets_go(keep, seen):
    source = f"""
    if machine.reset_cause() == machine.PWRON_RESET:
        Pin(4, Pin.OUT, value=1, hold=True), Pin(38, Pin.OUT, value=1, hold=True), Pin(6, Pin.OUT, value=1)
        {keep}
        time.sleep(1)
        machine.deepsleep(4000)
    time.sleep(1)
    Pin(4, Pin.OUT, value=0)
    time.sleep(1)
    Pin(4, hold=False)
    """
    first = [(4, 1, 0), (38, 1, 0), (6, 1, 0)]
    asleep = sorted([*seen, (6, 0, 1)])
    assert recorded(source, (4, 38, 6)) == [*first, *asleep, (4, 0, 7)]


@pytest.mark.parametrize(
    ("chip", "seen"),
    [("esp32", []), ("esp32s3", [(4, 0, 1), (4, 1, 3)]), ("esp32c3", [(4, 0, 1), (4, 1, 3)])],
)
def test_light_sleep_lets_go_of_outputs_that_are_not_held(chip, seen):
    source = """
    Pin(4, Pin.OUT, value=1), Pin(5, Pin.OUT, value=1, hold=True)
    time.sleep(1)
    machine.lightsleep(2000)
    time.sleep(60)
    """
    assert recorded(source, (4, 5), chip=chip) == [(4, 1, 0), (5, 1, 0), *seen]


def test_pwms_stop_in_light_sleep_but_those_that_shall_not():
    source = """
    machine.PWM(Pin(4), freq=1000)
    machine.PWM(Pin(5), freq=2000, lightsleep=True)
    time.sleep(1)
    machine.lightsleep(2000)
    """
    assert recorded(source, (4, 5)) == [(4, 1000, 0), (5, 2000, 0), (4, 0, 1), (4, 1000, 3)]


def test_uarts_do_not_hear_and_timers_stand_still_in_light_sleep():
    source = """
    uart, hardware, software = machine.UART(1, 9600), machine.Timer(0), machine.Timer(-1)
    fired = []
    def note(timer):
        fired.append((timer is software, time.ticks_ms() // 100))
    hardware.init(mode=0, period=1000, callback=note)
    software.init(mode=0, period=1000, callback=note)
    uart.write(b"sent while awake")
    time.sleep_ms(500)
    machine.lightsleep(3000)
    print(uart.any(), fired)
    time.sleep(1)
    print(uart.read(), fired[1:])
    """
    bench = BoardBench({"main.py": PREAMBLE + textwrap.dedent(source)})
    part = SerialDevice()
    bench.chip.uarts.units[1].attach(part)
    for second, data in ((2, b"lost"), (4, b"heard")):
        bench.queue.at(second * 1_000_000, lambda data=data: part.line.send(data))
    assert printed(bench.run(10)) == ["0 [(True, 35)]", "b'heard' [(False, 40)]"]


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
    print(time.ticks_ms() // 20 * 20, machine.wake_reason())
    machine.lightsleep()
    print(time.ticks_ms() // 20 * 20, machine.wake_reason())
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
