"""`machine`, its buses apart: names, arguments, errors and return types, as MicroPython documents the ESP32.

Each table runs in one VM, in order: an expression, and its value or its error.
"""

import pytest

from tests.host_tools.conformance_bench import check

CHIPS = ("esp32", "esp32s3", "esp32c3")

PIN = [
    ("repr(Pin(4)), Pin(4) is Pin(4), Pin(Pin(4)) is Pin(4)", "('Pin(4)', True, True)"),
    ("Pin(99)", "ValueError: invalid pin"),
    ("Pin('LED')", "ValueError: invalid pin"),
    ("Pin()", "TypeError: *"),
    ("(Pin.IN, Pin.OUT, Pin.OPEN_DRAIN, Pin.PULL_DOWN, Pin.PULL_UP)", "(1, 3, 7, 1, 2)"),
    ("(Pin.IRQ_RISING, Pin.IRQ_FALLING, Pin.WAKE_LOW, Pin.WAKE_HIGH)", "(1, 2, 4, 5)"),
    ("(Pin.DRIVE_0, Pin.DRIVE_1, Pin.DRIVE_2, Pin.DRIVE_3)", "(0, 1, 2, 3)"),
    ("Pin.IRQ_LOW_LEVEL", "AttributeError: *"),
    ("p.init(Pin.OUT, value=1, drive=Pin.DRIVE_3)", "None"),
    (
        "p.value(), p(), p.off(), p(), p.on(), p.value(), p.toggle(), p.value()",
        "(1, 1, None, 0, None, 1, None, 0)",
    ),
    ("p.value([]), p.value(), p.value('x'), p()", "(None, 0, None, 1)"),
    ("p.value(0, 1)", "TypeError: *"),
    ("p.init(colour=1)", "TypeError: *"),
    # Open drain: low is driven, high is what the pull makes of it.
    ("p.init(Pin.OPEN_DRAIN, Pin.PULL_UP, value=0), p(), p(1), p()", "(None, 0, None, 1)"),
    (
        "p.init(pull=None), p(), p.init(pull=Pin.PULL_UP), p(), p.init(Pin.IN), p()",
        "(None, 0, None, 1, None, 1)",
    ),
    # A held output keeps its level until the hold is over.
    ("p.init(Pin.OUT, value=1, hold=True), p(0), p(), p.init(hold=False), p()", "(None, None, 1, None, 0)"),
    ("p.irq() is p.irq(), p.irq().trigger()", "(True, 0)"),
    ("p.irq(print).trigger(), p.irq(None, Pin.IRQ_RISING).trigger()", "(3, 1)"),
    ("p.irq(print, Pin.IRQ_RISING, hard=True)", "TypeError: *"),
    ("p.irq(print, Pin.WAKE_LOW)", "ValueError: level triggers need wake="),
    ("p.irq(None, Pin.WAKE_LOW, wake=1)", "ValueError: bad wake value"),
    ("p.irq(None, Pin.WAKE_LOW, 'x')", "ValueError: bad wake value"),
    ("q(), q.on(), p(), q.value(), q.off(), p(), q(1), p()", "(1, None, 0, 1, None, 1, None, 0)"),
]


def test_pin_and_signal():
    setup = """
    from machine import Pin, Signal
    p = Pin(4)
    q = Signal(4, Pin.OUT, value=0, invert=True)
    """
    check(setup, PIN)


ADC = [
    ("(ADC.ATTN_0DB, ADC.ATTN_2_5DB, ADC.ATTN_6DB, ADC.ATTN_11DB, ADC.WIDTH_12BIT)", "(0, 1, 2, 3, 12)"),
    ("repr(a), ADC(4) is a, ADC(Pin(4)) is a", "('ADC(Pin(4), atten=0)', True, True)"),
    ("ADC(4, atten=ADC.ATTN_11DB).read(), a.read_u16(), a.read_uv()", "(1981, 31703, 1500000)"),
    ("a.init(atten=ADC.ATTN_0DB), a.read(), a.read_uv()", "(None, 4095, 950000)"),
    ("a.atten(ADC.ATTN_6DB), a.read(), repr(a)", "(None, 3510, 'ADC(Pin(4), atten=2)')"),
    ("a.atten(4)", "ValueError: invalid atten"),
    ("ADC(21)", "ValueError: invalid pin"),
    ("ADC(4, width=12)", "TypeError: *"),
    ("ADC(4, 3)", "TypeError: *"),
    ("repr(a.block()), a.block() is ADCBlock(1)", "('ADCBlock(1, bits=12)', True)"),
    ("a.width(12), ADCBlock(1, bits=12).init(bits=12)", "(None, None)"),
    ("ADCBlock(1).connect(3) is a, ADCBlock(1).connect(Pin(4)) is a", "(True, True)"),
    ("ADCBlock(1).connect(3, Pin(4), atten=1) is a, repr(a)", "(True, 'ADC(Pin(4), atten=1)')"),
    ("ADCBlock(2).connect(0)", "ADC(Pin(11), atten=0)"),
    ("ADCBlock(2).connect(Pin(4))", "ValueError: no matching ADC"),
    ("ADCBlock(1).connect(2, Pin(4))", "ValueError: no matching ADC"),
    ("ADCBlock(1).connect()", "TypeError: *"),
    ("ADCBlock(3)", "ValueError: invalid block id"),
    ("ADCBlock(1, bits=9)", "ValueError: invalid bits"),
]
ADC_OF_AN_ESP32 = [
    ("(ADC.WIDTH_9BIT, ADC.WIDTH_10BIT, ADC.WIDTH_11BIT, ADC.WIDTH_12BIT)", "(9, 10, 11, 12)"),
    ("a.read(), a.width(ADC.WIDTH_9BIT), a.read(), a.read_u16()", "(2047, None, 255, 32703)"),
    ("a.read_uv(), repr(a.block())", "(475000, 'ADCBlock(1, bits=9)')"),
    ("ADCBlock(1, bits=8)", "ValueError: invalid bits"),
]


def test_adc():
    setup = "from machine import ADC, ADCBlock, Pin\na = ADC(Pin(4))"
    check(setup, ADC, prepare=lambda bench: bench.chip.adc.drive_mv(4, 1500))
    esp32 = "from machine import ADC, ADCBlock\na = ADC(34)"
    check(esp32, ADC_OF_AN_ESP32, chip="esp32", prepare=lambda bench: bench.chip.adc.drive_mv(34, 475))


PWM = [
    (
        "repr(p), p.freq(), p.duty_u16(), p.duty(), p.duty_ns()",
        "('PWM(Pin(4), freq=5000, duty_u16=32768)', *",
    ),
    ("p.init(freq=1000, duty_u16=16384), p.freq(), p.duty_ns()", "(None, 1000, 250000)"),
    ("p.duty(512), p.duty_u16(), p.duty(1023), p.duty_u16(), p.duty()", "(None, 32768, None, 65535, 1023)"),
    ("p.duty_ns(500_000), p.duty_u16(), p.freq(500), p.duty_u16()", "(None, 32768, None, 16384)"),
    ("p.duty_u16(0), p.duty_u16(65535), p.duty_u16()", "(None, None, 65535)"),
    ("p.duty_u16(65536)", "ValueError: duty_u16 must be from 0 to 65535"),
    ("p.duty_u16(-2)", "ValueError: duty_u16 must be from 0 to 65535"),
    ("p.duty(1024)", "ValueError: duty must be from 0 to 1023"),
    ("p.duty_ns(2_000_001)", "ValueError: duty_ns must be from 0 to 2000000 ns"),
    ("p.freq(0)", "ValueError: frequency must be from 1Hz to 40MHz"),
    ("PWM(4, freq=40_000_001)", "ValueError: frequency must be from 1Hz to 40MHz"),
    ("PWM(99)", "ValueError: invalid pin"),
    ("PWM(Pin(5), 1000, 2)", "TypeError: *"),
    ("PWM(Pin(5), 1000, duty_u16=9, invert=True, lightsleep=True)", "PWM(Pin(5), freq=1000, duty_u16=9)"),
    # Four timers: as many frequencies at a time, 500 and 1000 Hz among them already.
    ("[PWM(pin, freq=pin * 1000).freq() for pin in (6, 7)]", "[6000, 7000]"),
    ("PWM(8, freq=8000)", "RuntimeError: out of PWM timers"),
    ("[PWM(pin, freq=500).freq() for pin in (9, 10, 11, 12)]", "[500, 500, 500, 500]"),
    ("PWM(13, freq=500)", "RuntimeError: out of PWM channels"),
    ("p.deinit(), p", "(None, PWM(Pin(4)))"),
    ("p.freq()", "RuntimeError: PWM is inactive"),
    ("p.duty_u16(3)", "RuntimeError: PWM is inactive"),
    ("PWM(13, freq=500).duty()", "512"),
]


def test_pwm():
    check("from machine import PWM, Pin\np = PWM(Pin(4))", PWM)
    check("from machine import PWM", [("PWM(34)", "OSError: -258 ESP_ERR_INVALID_ARG")], chip="esp32")


TIMER = [
    ("(Timer.ONE_SHOT, Timer.PERIODIC)", "(0, 1)"),
    ("Timer(0) is Timer(0), Timer(-1) is Timer(-1), Timer() is Timer()", "(True, False, False)"),
    ("t.init(period=100, callback=seen.append)", "None"),
    ("t", "Timer(1, mode=PERIODIC, period=100)"),
    ("sleep(250), len(seen), seen[0] is t, t.value() // 10", "(None, 2, True, 5)"),
    ("t.init(mode=Timer.ONE_SHOT, freq=20.0, callback=seen.append), sleep(99), len(seen)", "(None, None, 3)"),
    (
        "t.init(period=50, tick_hz=10_000, callback=seen.append), t",
        "(None, Timer(1, mode=PERIODIC, period=5))",
    ),
    ("t.deinit(), t.value(), sleep(50), len(seen)", "(None, 0, None, 3)"),
    ("t.init(1)", "TypeError: *"),
    ("t.init(period=1, hard=True)", "ValueError: hard Timers are not implemented"),
    ("Timer(4)", "ValueError: invalid Timer number"),
    ("Timer(-2)", "ValueError: invalid Timer number"),
]


def test_timer():
    setup = "from machine import Timer\nfrom time import sleep_ms as sleep\nt, seen = Timer(1), []"
    check(setup, TIMER)


RTC_AND_WDT = [
    ("r.datetime((2026, 7, 1, 9, 12, 30, 15, 0)), r.datetime()[:7]", "(None, (2026, 7, 1, 2, 12, 30, 15))"),
    ("len(r.datetime()), 0 <= r.datetime()[7] < 1_000_000", "(8, True)"),
    ("r.init((2027, 1, 1, 0, 0, 0, 0, 0)), r.datetime()[:4]", "(None, (2027, 1, 1, 4))"),
    ("r.datetime((2026, 7, 1))", "ValueError: requested length 8 but object has length 3"),
    ("r.memory(), r.memory(b'kept'), r.memory(), r.memory(bytearray(2)), r.memory()", "(b'', None, *"),
    ("r.memory(bytes(2049))", "ValueError: buffer too long"),
    ("r.alarm", "AttributeError: *"),
    ("WDT(1)", "ValueError:*"),
    ("WDT(timeout=0)", "ValueError: WDT timeout too short"),
    ("WDT(0, 60_000).feed()", "None"),
    ("WDT(timeout=60_000).deinit", "AttributeError: *"),
]


def test_rtc_and_wdt():
    check("from machine import RTC, WDT\nr = RTC()", RTC_AND_WDT)


POWER = [
    ("(PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET)", "(1, 2, 3, 4, 5)"),
    ("(PIN_WAKE, EXT0_WAKE, EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE)", "(2, 2, 3, 4, 5, 6)"),
    ("(SLEEP, DEEPSLEEP)", "(2, 4)"),
    ("reset_cause(), wake_reason()", "(1, 0)"),
    ("unique_id()", r"b'\x02\xc1p\xaa\xbb\xcc'"),
    ("freq(), freq(80_000_000), freq()", "(160000000, None, 80000000)"),
    ("freq(100_000_000)", "ValueError: frequency must be *"),
    ("idle(), lightsleep(5), wake_reason(), sleep(5), lightsleep(0)", "(None, None, 4, None, None)"),
    ("enable_irq(disable_irq())", "None"),
    ("enable_irq()", "TypeError: *"),
    ("time_pulse_us(p, 0, 1000)", "-1"),
    ("time_pulse_us(p, 1, 1000)", "-2"),
    ("time_pulse_us(p, 1)", "200000"),
]


def pulse_at_500_ms(bench):
    for ms, level in ((500, 1), (700, 0)):
        bench.queue.at(ms * 1000, lambda level=level: bench.chip.pins.drive(5, level))


def test_power():
    check("from machine import *\np = Pin(5, Pin.IN)", POWER, prepare=pulse_at_500_ms)


@pytest.mark.parametrize(("chip", "accepts"), [("esp32", True), ("esp32s3", True), ("esp32c3", False)])
def test_the_fastest_clock(chip, accepts):
    check(
        "from machine import freq", [("freq(240_000_000)", "None" if accepts else "ValueError: *")], chip=chip
    )


NOT_HERE = {
    "machine": (
        *("DAC", "I2S", "SDCard", "TouchPad", "Counter", "Encoder", "I2CTarget", "USBDevice"),
        *("mem8", "mem16", "mem32", "bitstream", "dht_readinto"),
    ),
    "esp32": ("RMT", "ULP", "PCNT", "wake_on_touch", "wake_on_ulp", "idf_task_info"),
}
ONLY_ON = {
    "machine.bootloader": ("esp32s3", "esp32c3"),
    "esp32.wake_on_ext0": ("esp32", "esp32s3"),
    "esp32.wake_on_ext1": ("esp32", "esp32s3"),
    "esp32.raw_temperature": ("esp32",),
    "esp32.mcu_temperature": ("esp32s3", "esp32c3"),
}


@pytest.mark.parametrize("chip", CHIPS)
def test_what_is_missing_is_missing_with_an_attribute_error(chip):
    table = [
        (f"{module}.{name}", "AttributeError: *") for module, names in NOT_HERE.items() for name in names
    ]
    table += [(f"{name} and 1", "1" if chip in has else "AttributeError: *") for name, has in ONLY_ON.items()]
    check("import esp32, machine", table, chip=chip)
