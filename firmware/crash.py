"""Crashes: what is kept of one for the server, and when there are so many that the node starts in safe mode.

A crash is an exception that ends the program, or a reset by the watchdog.  It is early if it comes within
ten minutes of the boot, or in a wake; after so many early ones in a row the next boot is one into safe mode.
The RTC's memory counts them: who switches the power off and on begins anew.
"""

import io
import struct
import sys
import time

import machine
from esp32 import NVS

from firmware.kept import CRASH_SLOT, NAMESPACE, NvsBlob, RtcSlot

BOOTS, CRASHES = "boots", "crashes"  # keys in NVS: how many there were, ever
KEY = "crash"  # of the last words, behind the number of the event that they become
HEAD = "<i"
UNTOLD = -1
LONGEST = 300  # characters of a traceback's end: an event fits a datagram
EARLY_S = 600
LOOP = 4  # early crashes in a row
SAFE_S = 3600  # how long safe mode lasts
PAUSE_S = 10  # before a restart: leaves a person at the console time to press Ctrl-C
PAUSED = 2

# Early crashes in a row; and 1 if this life is past its first minutes, or PAUSED.
_slot = RtcSlot(*CRASH_SLOT)
_words = NvsBlob(KEY, struct.calcsize(HEAD) + LONGEST)


def safe_mode():
    """Call this once, first of all: whether the node shall do only what lets somebody help it."""
    cause = machine.reset_cause()
    if cause == machine.DEEPSLEEP_RESET and _life()[1] == PAUSED:
        _slot.store(bytes((_life()[0], 0)))
        machine.reset()
    if cause != machine.DEEPSLEEP_RESET:
        _count(BOOTS)
    if cause == machine.WDT_RESET:
        _crashed()
        if not _words.load():  # else it is known which loop was dead
            note("watchdog: the program was stuck")
    early = _life()[0]
    _slot.store(bytes((early, 0)))
    return early >= LOOP


def lived():
    """Call this after `EARLY_S` or at the end of a wake, but not in safe mode: what crashed was no loop."""
    _slot.store(b"\x00\x01")


def leave_safe_mode():
    """Restart into normal life; one more early crash leads back."""
    _slot.store(bytes((LOOP - 1, 0)))
    machine.reset()


def keep(error):
    """Print the traceback and keep it for the next boot.  Returns after how many seconds to restart.

    Raises nothing: whatever goes wrong here, the node must come back.
    """
    sys.print_exception(error)
    pause_s = PAUSE_S
    try:
        _crashed()
        pause_s <<= max(0, _life()[0] - 1)
        note(_last_words(error))
    except Exception as another:
        sys.print_exception(another)
    return pause_s


def restart(pause_s, sleeps):
    """Reset the chip after that time; sleeps: asleep, but not after power-on, when a person may be there."""
    if sleeps and machine.reset_cause() != machine.PWRON_RESET:
        _slot.store(bytes((_life()[0], PAUSED)))
        machine.deepsleep(1000 * pause_s)
    time.sleep(pause_s)
    machine.reset()


def note(text):
    """Keep up to `LONGEST` ASCII characters; the last note before a reset is the one that counts."""
    _words.store(struct.pack(HEAD, UNTOLD) + text.encode())


def tell(first, last, add):
    """Store what was kept as an event by `add(text)`; call this before anything else is stored.

    `first`: the sequence number that `add` will use; `last`: the greatest in the outbox.  By them the next
    boot knows whether power was cut before the event was stored or after it: it is told once.
    """
    kept = _words.load()
    if kept:
        number = struct.unpack_from(HEAD, kept)[0]
        if number == UNTOLD or last < number:
            text = kept[struct.calcsize(HEAD) :]
            _words.store(struct.pack(HEAD, first) + text)
            add(str(text, "utf-8"))
        forget()


def forget():
    """What was kept is told, or shall not be."""
    nvs = NVS(NAMESPACE)
    try:
        nvs.erase_key(KEY)
    except OSError:  # there was nothing
        return
    nvs.commit()


def total(key):
    """How many `BOOTS` or `CRASHES` there were."""
    try:
        return NVS(NAMESPACE).get_i32(key)
    except OSError:  # none
        return 0


def _crashed():
    _count(CRASHES)
    early, is_late = _life()
    if not is_late:
        _slot.store(bytes((min(early + 1, LOOP), 0)))


def _life():
    kept = _slot.load()
    return kept if len(kept) == 2 else b"\x00\x00"


def _count(key):
    nvs = NVS(NAMESPACE)
    nvs.set_i32(key, total(key) + 1)
    nvs.commit()


def _last_words(error):
    try:
        stream = io.StringIO()
        sys.print_exception(error, stream)
        text = stream.getvalue()[-LONGEST:]
        return "".join([char if " " <= char <= "~" or char == "\n" else "?" for char in text])
    except MemoryError:
        return type(error).__name__
