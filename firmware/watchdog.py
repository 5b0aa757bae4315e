"""The chip's watchdog: how it is started, and lifted for a person.

The ESP32 port's WDT cannot be stopped, but a second one reconfigures it: its time-out can become a week.
"""

import machine
import micropython

# Nothing here blocks the event loop for more than a few seconds (opening a full outbox, erasing flash), a
# modem that starts leaves it running, and so a blocked one is certain by then; a street can do without a
# node for two minutes.
TIMEOUT_MS = 120_000
LIFTED_MS = 604_800_000  # ESP-IDF counts up to twice that, in ticks of 500 us and 32 bits: 12 days is the end
ROUND_S = 10


def start():
    """The program has `TIMEOUT_MS` from now on.  Returns the machine.WDT."""
    return machine.WDT(timeout=TIMEOUT_MS)


def lift():
    """Leave whoever works at the console alone; call it however the program ends.

    There must be no jump before WDT: a second Ctrl-C, mpremote sends two, would be raised there.  What runs
    next sets Ctrl-C up again.
    """
    micropython.kbd_intr(-1)
    try:
        machine.WDT(timeout=LIFTED_MS)
    except KeyboardInterrupt:  # it was under way already
        machine.WDT(timeout=LIFTED_MS)
