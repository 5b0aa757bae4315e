"""What wakes the chip from sleep. ValueError for a pin that cannot."""

from _chip import call
from _operations import WAKE_PIN, WAKE_SOURCE

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
_EXT0, _EXT1, _GPIO = 2, 3, 7  # ESP-IDF's numbers of the causes


def _watch(source, pins, level):
    call(WAKE_SOURCE, source, int(level))
    try:
        for pin in pins:
            call(WAKE_PIN, source, pin._id)
    except OSError:
        raise ValueError("invalid pin")


def _has_ext():
    try:
        call(WAKE_SOURCE, _EXT0, 0)
        return True
    except OSError:
        return False


if _has_ext():

    def wake_on_ext0(pin, level):
        _watch(_EXT0, () if pin is None else (pin,), level)

    def wake_on_ext1(pins, level):
        _watch(_EXT1, pins or (), level)


def wake_on_gpio(pins, level):
    """From light sleep; from deep sleep on the C3 alone, by GPIO 0 to 5."""
    _watch(_GPIO, pins or (), level)
