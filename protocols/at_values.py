"""What the responses of 3GPP TS 27.007 say: registration (`+CEREG`) and time (`+CCLK`).

Both take what modems really print, not only what the standard writes down.
"""

from collections import namedtuple

from protocols.errors import DecodeError

# `tac`, `ci` and `act` are None where the modem reports none; the timers are GPRS Timer octets as
# text, T3324 and extended T3412 (3GPP TS 24.008 10.5.7.4 and 10.5.7.4a).
Registration = namedtuple(
    "Registration",
    ("stat", "tac", "ci", "act", "cause_type", "reject_cause", "active_time", "periodic_tau"),
)

UNKNOWN = Registration(4, None, None, None, None, None, None, None)  # what an unasked module has said

# Of the states of TS 27.007 10.1.22: 0 idle, 1 registered, 2 searching, 3 denied, 4 unknown, 5 roaming, ...
DENIED = 3
ATTACH_PENDING = 100  # SIM7020: it has found a cell, and waits for AT+CGATT=1
REGISTERED = (1, 5)

DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
# A modem that has not heard the time counts from 1970, 1980 or its firmware's date.  Later than
# 2053 the seconds since 2020 would pass 2^30.
FIRST_YEAR, LAST_YEAR = 2024, 2053


def decode_cereg(fields):
    """The fields of a `+CEREG` URC as a Registration; of a read response, leave out the first (n).

    `<stat>[,[tac],[ci],[AcT][,<cause_type>,<reject_cause>[,<Active-Time>,<Periodic-TAU>]]]`, TS 27.007
    10.1.22.  SIM7020 firmware puts a GPRS routing area code behind AcT, the only form of nine fields.
    """
    if len(fields) == 9:
        fields = fields[:4] + fields[5:]
    if not fields or len(fields) > 8:
        raise DecodeError("+CEREG with " + str(len(fields)) + " fields")
    stat, tac, ci, act, cause_type, cause, active, periodic = fields + [""] * (8 - len(fields))
    if stat == "":
        raise DecodeError("+CEREG without a state")
    return Registration(
        _number(stat),
        _number(tac, 16),
        _number(ci, 16),
        _number(act),
        _number(cause_type),
        _number(cause),
        active or None,
        periodic or None,
    )


def describe(registration):
    """A Registration for an error message."""
    text = "+CEREG: " + str(registration.stat)
    if registration.reject_cause is None:
        return text
    kind = ", EMM cause " if registration.cause_type == 0 else ", vendor's cause "
    return text + kind + str(registration.reject_cause)


def decode_cclk(line, is_local):
    """Seconds since 2020-01-01 UTC from a `+CCLK:` line; None if the modem's clock is not set.

    `"yy/MM/dd,hh:mm:ss+zz"` with zz in quarters of an hour (TS 27.007 8.15), or
    `yyyy/M/d,h:m:sGMT+h` in hours; with or without quotes, zone and leading zeros.
    `is_local`: the time is local time, as the standard has it; some firmware prints UTC and the zone.
    """
    numbers, zone = _clock_numbers(line[line.find(":") + 1 :].strip(' "'))
    if not numbers:
        return None
    if len(numbers) != 6:
        raise DecodeError("not a time: " + line)
    year, month, day, hour, minute, second = numbers
    if year < 100:
        year += 1900 if year >= 70 else 2000
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        raise DecodeError("no such time: " + line)
    seconds = (_days_since_2020(year, month, day) * 24 + hour) * 3600 + minute * 60 + second
    return seconds - _zone_s(zone) if is_local else seconds


def _clock_numbers(text):
    """The first six numbers of `text`, and what follows them."""
    numbers = []
    digits = ""
    for i, character in enumerate(text):
        if "0" <= character <= "9":
            digits += character
            continue
        if digits:
            numbers.append(int(digits))
            digits = ""
        if len(numbers) == 6:
            return numbers, text[i:]
    if digits:
        numbers.append(int(digits))
    return numbers, ""


def _zone_s(zone):
    """Seconds east of Greenwich from `+32` (quarters of an hour), `GMT+8` (hours) or nothing."""
    if not zone:
        return 0
    if zone.startswith("GMT"):
        return _number(zone[3:]) * 3600 if zone[3:] else 0
    return _number(zone) * 900


def _days_since_2020(year, month, day):
    days = (year - 2020) * 365 + (year - 2017) // 4 + DAYS_BEFORE_MONTH[month - 1] + day - 1
    return days + 1 if month > 2 and year % 4 == 0 else days


def _number(text, base=10):
    if text == "":
        return None
    try:
        return int(text, base)
    except ValueError:
        raise DecodeError("not a number: " + text)
