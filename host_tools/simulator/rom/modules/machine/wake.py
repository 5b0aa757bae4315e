"""Pins that end a sleep: `Pin.irq(wake=)` and `esp32.wake_on_*` share them."""

from _chip import call
from _operations import WAKE_PIN, WAKE_SOURCE

SLEEP, DEEPSLEEP = 2, 4  # kinds of sleep
EXT0, EXT1, GPIO = 2, 3, 7  # ESP-IDF's numbers of the causes

ext0_pin = None  # the one that this source watches


def watch(source, gpios, level, kinds=SLEEP | DEEPSLEEP):
    """OSError: ENODEV when the chip has no such source, EINVAL for a pin that it cannot watch."""
    global ext0_pin
    call(WAKE_SOURCE, source, int(level), kinds)
    for gpio in gpios:
        call(WAKE_PIN, source, gpio)
    if source == EXT0:
        ext0_pin = gpios[0] if gpios else None
