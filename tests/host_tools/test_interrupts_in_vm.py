"""Pin interrupts, timers and the watchdog, as programs in the VM meet them."""

import textwrap

import pytest

from tests.host_tools.board_bench import BoardBench, printed

PREAMBLE = """
import asyncio, machine, time
from machine import Pin, Timer, WDT
def now():  # ms, less what the imports took
    return time.ticks_ms() // 20 * 20
"""


def run(source, *, levels=(), seconds=5, chip="esp32s3"):
    """levels: (second, level) of GPIO 5."""
    bench = BoardBench({"main.py": PREAMBLE + textwrap.dedent(source)}, chip=chip)
    for second, level in levels:
        bench.queue.at(round(second * 1_000_000), lambda level=level: bench.chip.pins.drive(5, level))
    return printed(bench.run(seconds))


EDGES = [(0.1, 1), (0.2, 1), (0.3, 0), (0.4, 1)]


@pytest.mark.parametrize(
    ("trigger", "seen"),
    [
        ("Pin.IRQ_RISING", "[100, 400]"),
        ("Pin.IRQ_FALLING", "[300]"),
        ("Pin.IRQ_RISING | Pin.IRQ_FALLING", "[100, 300, 400]"),
    ],
)
def test_edges_reach_the_handler_while_the_program_sleeps(trigger, seen):
    source = f"""
    seen = []
    Pin(5, Pin.IN).irq(lambda pin: seen.append(now()), {trigger})
    time.sleep(1)
    print(seen, now())
    """
    assert run(source, levels=EDGES) == [f"{seen} 1000"]


def test_the_handler_gets_the_pin_and_none_stops_it():
    source = """
    pin = Pin(5, Pin.IN)
    irq = pin.irq(lambda p: print(p is pin, p is Pin(5), p.value()), Pin.IRQ_RISING)
    time.sleep_ms(350)
    print(irq.trigger(), irq.trigger(Pin.IRQ_FALLING), irq.trigger())
    pin.irq(None)
    time.sleep(1)
    """
    assert run(source, levels=EDGES) == ["True True 1", "1 1 2"]


def test_the_latency_is_one_call_to_the_chip():
    """As chip/interrupts.py states it: 0 in a sleep, 20 us in a loop that polls, any time without a call."""
    source = """
    def ticks_us():
        return time.ticks_us() - late  # a call itself
    late = -(time.ticks_us() - time.ticks_us())
    pin, seen = Pin(5, Pin.IN), []
    pin.irq(lambda _: seen.append(ticks_us()))
    time.sleep(0.15)
    while len(seen) < 2:
        pin.value()
    print(seen[0] < 100_000 + 100, seen[1] < 300_000 + 100)
    while time.ticks_ms() < 450:
        pass
    print(len(seen))
    pin.value()
    print(len(seen))
    """
    assert run(source, levels=EDGES) == ["True True", "2", "3"]


def test_while_interrupts_are_disabled_they_stay_due():
    source = """
    seen = []
    Pin(5, Pin.IN).irq(lambda _: seen.append(now()), Pin.IRQ_RISING)
    state = machine.disable_irq()
    time.sleep_ms(200)
    print(seen)
    machine.enable_irq(state)
    print(seen)
    """
    assert run(source, levels=EDGES) == ["[]", "[200]"]


def test_asyncio_wakes_for_a_flag_that_a_handler_sets():
    source = """
    flag = asyncio.ThreadSafeFlag()
    Pin(5, Pin.IN).irq(lambda _: flag.set(), Pin.IRQ_RISING)
    async def main():
        await flag.wait()
        print(now())
    asyncio.run(main())
    """
    assert run(source, levels=EDGES) == ["100"]


def test_a_handler_that_sleeps_is_not_interrupted_and_the_sleep_ends_in_time():
    source = """
    def handler(_):
        start = now()
        time.sleep_ms(300)
        print(start, now())
    Pin(5, Pin.IN).irq(handler)
    time.sleep(1)
    print(now())
    """
    # The handler is scheduled at 100, 300 and 400 ms; each call takes its turn.
    assert run(source, levels=EDGES) == ["100 400", "400 700", "700 1000", "1000"]


def test_a_handler_that_fails_is_reported_and_the_program_goes_on():
    source = """
    Pin(5, Pin.IN).irq(lambda _: 1 // 0)
    time.sleep_ms(150)
    print("on")
    """
    lines = run(source, levels=EDGES)
    assert lines[0].startswith("Traceback") and lines[-2:] == ["ZeroDivisionError: divide by zero", "on"]


def test_more_interrupts_than_the_scheduler_holds_are_lost():
    source = """
    seen = []
    def handler(_):
        if not seen:
            time.sleep(2)
        seen.append(1)
    Pin(5, Pin.IN).irq(handler)
    time.sleep(3)
    print(len(seen))
    """
    assert run(source, levels=[(0.1 + n / 100, n % 2) for n in range(1, 21)]) == ["9"]


def test_a_soft_reset_stops_interrupts_and_timers():
    source = """
    if machine.reset_cause() == machine.PWRON_RESET:
        Pin(5, Pin.IN).irq(lambda _: print("edge"))
        Timer(0, period=50, callback=lambda _: print("timer"))
        machine.soft_reset()
    time.sleep(1)
    print("end")
    """
    bench = BoardBench({"main.py": PREAMBLE + textwrap.dedent(source)})
    bench.queue.at(500_000, lambda: bench.chip.pins.drive(5, 1))
    output = bench.run(3)
    assert "end" in output and "edge" not in output and "timer" not in output


# --- timers


def test_periodic_timers_do_not_drift_and_one_shots_fire_once():
    source = """
    seen, once = [], []
    timer = Timer(0, mode=Timer.PERIODIC, period=100, callback=lambda t: seen.append(now()))
    Timer(1).init(mode=Timer.ONE_SHOT, period=250, callback=lambda t: once.append(t))
    fast = Timer(-1, freq=20, callback=lambda t: seen.append("fast"), mode=Timer.ONE_SHOT)
    time.sleep_ms(550)
    timer.deinit()
    time.sleep_ms(500)
    print(seen, once)
    """
    assert run(source) == ["['fast', 100, 200, 300, 400, 500] [Timer(1, mode=ONE_SHOT, period=250)]"]


def test_software_timers_are_independent():
    source = """
    a = Timer(-1, period=10, mode=Timer.ONE_SHOT, callback=lambda t: print("a", t is a))
    b = Timer(-1, period=20, mode=Timer.ONE_SHOT, callback=lambda t: print("b", t is b))
    time.sleep_ms(50)
    print(Timer(0) is Timer(0), a is b)
    """
    assert run(source) == ["a True", "b True", "True False"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("Timer(4)", "invalid Timer number"),
        ("Timer(0, period=1, hard=True)", "hard Timers are not implemented"),
        ("Timer(0, period=0)", "period too small"),
        ("WDT(timeout=0)", "WDT timeout too short"),
    ],
)
def test_what_they_refuse(statement, message):
    assert run(f"try:\n    {statement}\nexcept ValueError as error:\n    print(error)\n") == [message]


def test_the_c3_has_two_timers():
    source = "Timer(1)\ntry:\n    Timer(2)\nexcept ValueError as error:\n    print(error)\n"
    assert run(source, chip="esp32c3") == ["invalid Timer number"]


# --- watchdog

HANGS = """
if machine.reset_cause() == machine.WDT_RESET:
    print("after", time.time())
else:
    dog = WDT(timeout=2000)
    for _ in range(3):
        time.sleep(1)
        dog.feed()
    print("hangs")
    time.sleep(60)
"""


def test_the_watchdog_resets_a_program_that_sleeps_too_long():
    first, second = BoardBench({"main.py": PREAMBLE + HANGS}).run(8).split("ESP-ROM:")[1:]
    assert printed(first) == ["hangs"]
    assert "TG0WDT_SYS_RST" in second and printed(second) == ["after 5"]


def test_a_soft_reset_does_not_stop_the_watchdog():
    source = "if machine.reset_cause() != machine.SOFT_RESET:\n    WDT()\n    machine.soft_reset()\n"
    assert BoardBench({"main.py": PREAMBLE + source}).run(9).count("TG0WDT_SYS_RST") == 1
