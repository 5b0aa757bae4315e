"""Listens for the fobs of crews, with the chip's Bluetooth.

A fob's identifier is foretold for its present period, two before and one after: a fob may begin to send a new
one at any time of the period.  So with an exponent of 10 the two clocks may differ by 17 minutes, which is a
year of 30 ppm, and what somebody has recorded is worth 51 minutes at most.  Without the time no fob is known.
"""

import struct
import time

import bluetooth
from cryptolib import aes

from firmware.clock import Clock
from protocols.eddystone import IDENTITY, IDENTITY_SIZE, eid, eid_in

SCAN_RESULT = 5  # event of bluetooth.BLE.irq
SCAN_US = 30_000  # on one channel, then on the next, without a gap
POLL_MS = 20


def near(keys, listen_ms):
    """The number of the crew whose fob is heard first; 0 without one, or without a radio."""
    known = _known(keys)
    if not known:
        return 0
    heard = []

    def listen(event, data):
        number = event == SCAN_RESULT and known.get(eid_in(data[4]))
        if number:
            heard.append(number)

    ble = bluetooth.BLE()
    ble.irq(listen)
    try:
        ble.active(True)
        ble.gap_scan(listen_ms, SCAN_US, SCAN_US)
        while not heard and listen_ms > 0:
            time.sleep_ms(POLL_MS)  # which is no nap: in light sleep the radio is deaf
            listen_ms -= POLL_MS
    except OSError as error:
        print("crew:", error)
    ble.active(False)
    return heard[0] if heard else 0


def _known(keys):
    """Identifier -> number of the crew, of all that may be heard now."""
    now = Clock().now()
    known = {}
    for i in range(len(keys) // IDENTITY_SIZE if now is not None else 0):
        key, exponent, ahead_s = struct.unpack_from(IDENTITY, keys, i * IDENTITY_SIZE)
        for turn in range(-2, 2):
            known[eid(aes, key, exponent, now + ahead_s + (turn << exponent))] = i + 1
    return known
