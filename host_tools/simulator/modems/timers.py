"""Power saving times as octets: GPRS Timer 2 and 3, and the codes of eDRX.

AT commands carry octets as text of '0' and '1': three bits of unit, five of multiplier.  Sources: 3GPP TS
24.008 10.5.7.4 (GPRS Timer 2, as T3324), 10.5.7.4a (GPRS Timer 3, as extended T3412), 10.5.5.32 (eDRX).
"""

from collections.abc import Mapping

DEACTIVATED = "11100000"
MINUTE_S, HOUR_S = 60, 3600
ACTIVE_UNITS_S = {"000": 2, "001": MINUTE_S, "010": 6 * MINUTE_S}
PERIODIC_UNITS_S = {
    "011": 2,
    "100": 30,
    "101": MINUTE_S,
    "000": 10 * MINUTE_S,
    "001": HOUR_S,
    "010": 10 * HOUR_S,
    "110": 320 * HOUR_S,
}
LARGEST_MULTIPLIER = 31

EDRX_STEP_MS = 20_480
# Cycle by code, in steps of 20.48 s.  The wideband-only codes count as the shortest, 0 and 1 as not used.
EDRX_STEPS = {
    "0010": 1,
    "0011": 2,
    "0101": 4,
    "1001": 8,
    "1010": 16,
    "1011": 32,
    "1100": 64,
    "1101": 128,
    "1110": 256,
    "1111": 512,
}
WIDEBAND_ONLY = ("0100", "0110", "0111", "1000")
PAGING_WINDOW_STEP_MS = 2560


def decode_active(octet: str) -> int | None:
    """T3324 in seconds; None if deactivated.  Units that the standard does not define count as minutes."""
    return _decode(octet, ACTIVE_UNITS_S, MINUTE_S)


def decode_periodic(octet: str) -> int | None:
    """Extended T3412 in seconds; None if deactivated."""
    return _decode(octet, PERIODIC_UNITS_S, HOUR_S)


def encode_active(seconds: int | None) -> str:
    return _encode(seconds, ACTIVE_UNITS_S)


def encode_periodic(seconds: int | None) -> str:
    return _encode(seconds, PERIODIC_UNITS_S)


def _decode(octet: str, units_s: Mapping[str, int], other_s: int) -> int | None:
    if len(octet) != 8 or set(octet) - {"0", "1"}:
        raise ValueError(f"not an octet: {octet}")
    if octet[:3] == DEACTIVATED[:3]:
        return None
    return units_s.get(octet[:3], other_s) * int(octet[3:], 2)


def _encode(seconds: int | None, units_s: Mapping[str, int]) -> str:
    """In the coarsest unit that says it exactly; else rounded up in the finest that reaches so far."""
    if seconds is None:
        return DEACTIVATED
    choices = [
        (bits, -(-seconds // unit_s), seconds % unit_s == 0)
        for bits, unit_s in units_s.items()
        if seconds <= unit_s * LARGEST_MULTIPLIER
    ]
    exact = [choice for choice in choices if choice[2] and choice[1]]
    bits, multiplier, _ = (exact[-1:] or choices[:1] or [(list(units_s)[-1], LARGEST_MULTIPLIER, False)])[0]
    return f"{bits}{multiplier:05b}"


def decode_edrx(code: str) -> int | None:
    """The cycle in ms; None for the codes that mean no eDRX."""
    if len(code) != 4 or set(code) - {"0", "1"}:
        raise ValueError(f"not an eDRX code: {code}")
    steps = EDRX_STEPS.get(code, 1 if code in WIDEBAND_ONLY else None)
    return None if steps is None else steps * EDRX_STEP_MS


def encode_edrx(cycle_ms: int | None) -> str:
    """The code of the shortest cycle that is at least so long; 0000 for none."""
    if cycle_ms is None:
        return "0000"
    return next((code for code, steps in EDRX_STEPS.items() if steps * EDRX_STEP_MS >= cycle_ms), "1111")


def decode_paging_window(code: str) -> int:
    """In ms."""
    return (int(code, 2) + 1) * PAGING_WINDOW_STEP_MS


def encode_paging_window(window_ms: int) -> str:
    return f"{min(15, max(0, -(-window_ms // PAGING_WINDOW_STEP_MS) - 1)):04b}"
