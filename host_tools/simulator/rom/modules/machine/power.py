"""Resets, sleep, and why the program runs."""

from _chip import call
from _operations import BOOTLOADER, DEEP_SLEEP, LIGHT_SLEEP, RESET, RESET_CAUSE, WAKE_REASON

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
# ESP-IDF's numbers of esp_sleep_wakeup_cause_t
PIN_WAKE, EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 2, 3, 4, 5, 6


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


def deepsleep(time_ms=0):
    """Sleep and boot again after `time_ms` (0: never by time) or when a wake source says so."""
    call(DEEP_SLEEP, time_ms >> 30, time_ms & 0x3FFFFFFF)


def lightsleep(time_ms=0):
    """Stand still until `time_ms` are over (0: without end) or a wake source says so, then go on."""
    call(LIGHT_SLEEP, time_ms >> 30, time_ms & 0x3FFFFFFF)
