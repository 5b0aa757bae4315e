"""PSM and eDRX times as AT commands carry them: octets and codes in text, "0" and "1".

PSM has two timers.  T3324, the Active Time, runs from the release of the connection: until it ends the
modem can be paged.  T3412, the periodic TAU, wakes it again.  Both are three bits of unit and five of
multiplier (3GPP TS 24.008: GPRS Timer 2, 10.5.7.4; GPRS Timer 3, 10.5.7.4a).  An eDRX cycle is a code of
four bits (10.5.5.32), and so is its paging time window.
"""

from collections import namedtuple

from protocols.errors import DecodeError, EncodeError

# What the network has granted; None where it has not.
PowerSaving = namedtuple("PowerSaving", ("active_s", "periodic_s", "edrx_ms", "paging_window_ms"))
NOTHING = PowerSaving(None, None, None, None)

# Bits of the unit and its seconds, finest first.
ACTIVE_UNITS_S = (("000", 2), ("001", 60), ("010", 360))
PERIODIC_UNITS_S = (
    ("011", 2),
    ("100", 30),
    ("101", 60),
    ("000", 600),
    ("001", 3600),
    ("010", 36_000),
    ("110", 1_152_000),
)
DEACTIVATED = "111"
LARGEST_MULTIPLIER = 31

# Each cycle is twice the one before; the codes between them are those of wideband E-UTRAN.
EDRX_CODES = ("0010", "0011", "0101", "1001", "1010", "1011", "1100", "1101", "1110", "1111")
SHORTEST_EDRX_MS = 20_480
EDRX_OFF = ("0000", "0001")
PAGING_WINDOW_MS = 2560


def encode_active(seconds):
    """T3324 as text, 0 to 11160 s: the finest unit that reaches so far, rounded up."""
    return _encode(seconds, ACTIVE_UNITS_S)


def encode_periodic(seconds):
    """Extended T3412 as text, 0 to 35712000 s (413 days)."""
    return _encode(seconds, PERIODIC_UNITS_S)


def decode_active(text):
    """T3324 in seconds; None: deactivated, no PSM.  Unknown units count as a minute (TS 24.008 10.5.7.4)."""
    return _decode(text, ACTIVE_UNITS_S)


def decode_periodic(text):
    """Extended T3412 in seconds; None: deactivated."""
    return _decode(text, PERIODIC_UNITS_S)


def encode_edrx(cycle_s):
    """The code of the shortest cycle of NB-S1 that is at least so long."""
    for i in range(len(EDRX_CODES)):
        if cycle_s * 1000 <= SHORTEST_EDRX_MS << i:
            return EDRX_CODES[i]
    raise EncodeError("no eDRX cycle is as long as " + str(cycle_s) + " s")


def decode_edrx(code):
    """The cycle of NB-S1 in ms; None: no eDRX."""
    _number(code, 4)
    if code in EDRX_OFF:
        return None
    return SHORTEST_EDRX_MS << (EDRX_CODES.index(code) if code in EDRX_CODES else 0)


def decode_paging_window(code):
    """The paging time window of NB-S1 in ms."""
    return (_number(code, 4) + 1) * PAGING_WINDOW_MS


def _encode(seconds, units_s):
    for bits, unit_s in units_s:
        if 0 <= seconds <= LARGEST_MULTIPLIER * unit_s:
            return bits + "{:05b}".format((seconds + unit_s - 1) // unit_s)
    raise EncodeError("no timer for " + str(seconds))


def _decode(text, units_s):
    multiplier = _number(text, 8) & LARGEST_MULTIPLIER
    if text[:3] == DEACTIVATED:
        return None
    for bits, unit_s in units_s:
        if text[:3] == bits:
            return multiplier * unit_s
    return multiplier * 60


def _number(text, length):
    if len(text) != length or text.strip("01"):
        raise DecodeError("not " + str(length) + " bits: " + text)
    return int(text, 2)
