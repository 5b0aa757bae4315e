"""`machine.time_pulse_us`."""

from _chip import call
from _operations import PIN_PULSE


def time_pulse_us(pin, level, timeout_us=1_000_000):
    """How long a pulse of `level` lasts; -2 when none begins in time, -1 when it does not end in time."""
    duration_us = call(PIN_PULSE, pin._id, int(bool(level)), timeout_us)
    return duration_us if duration_us <= timeout_us else timeout_us - duration_us
