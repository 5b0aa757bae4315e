"""Resets, sleep, the CPU's clock, and why the program runs."""

from errno import ENODEV

from _chip import call
from _operations import (
    BOOTLOADER,
    DEEP_SLEEP,
    DEEP_SLEEP_CHECK,
    FREQUENCY,
    IDLE,
    INTERRUPTS_ENABLE,
    LIGHT_SLEEP,
    RESET,
    RESET_CAUSE,
    SET_FREQUENCY,
    UNIQUE_ID,
    WAKE_REASON,
)

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
# ESP-IDF's numbers of esp_sleep_wakeup_cause_t
PIN_WAKE = EXT0_WAKE = 2
EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 3, 4, 5, 6

_FOR_EVER = -1 << 30


def unique_id():
    """The chip's base MAC."""
    return call(UNIQUE_ID, 0).to_bytes(3, "big") + call(UNIQUE_ID, 1).to_bytes(3, "big")


def freq(hz=None):
    """The CPU's clock in Hz; ValueError for one that the chip does not run at."""
    if hz is None:
        return call(FREQUENCY) * 1_000_000
    try:
        call(SET_FREQUENCY, hz // 1_000_000)
    except OSError:
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or, but on the C3, 240MHz")


def reset():
    call(RESET)


def bootloader(timeout=None):
    """Reset into download mode."""
    call(BOOTLOADER)


def soft_reset():
    raise SystemExit


def reset_cause():
    return call(RESET_CAUSE)


def wake_reason():
    """Why the last sleep ended; 0 when there was none since the last other reset."""
    return call(WAKE_REASON)


def idle():
    """Give way for a moment, in which interrupts are handled."""
    call(IDLE, 0)


def disable_irq():
    """Put off all handlers; returns what `enable_irq` wants back."""
    return call(INTERRUPTS_ENABLE, 0)


def enable_irq(state):
    call(INTERRUPTS_ENABLE, state)


def deepsleep(time_ms=_FOR_EVER):
    """Sleep and boot again after `time_ms`, or when a wake source says so."""
    try:
        call(DEEP_SLEEP_CHECK)
    except OSError as error:
        if error.errno == ENODEV:
            raise ValueError("DEEPSLEEP with gpio pins not supported on this chip")
        raise ValueError("wake-up pin not supported")
    call(DEEP_SLEEP, time_ms >> 30, time_ms & 0x3FFFFFFF)


def lightsleep(time_ms=_FOR_EVER):
    """Stand still for `time_ms`, or until a wake source says so, then go on.

    The simulator's chip/sleep.py says what the peripherals do meanwhile.
    """
    call(LIGHT_SLEEP, time_ms >> 30, time_ms & 0x3FFFFFFF)


sleep = lightsleep
