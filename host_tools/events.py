"""Events in words, for people and as JSON: what the codes of protocols/message_numbers.py mean."""

from collections.abc import Mapping
from fractions import Fraction

from host_tools.collector.core import DecodedEvent
from host_tools.points import PointTable, Reading
from protocols.message_numbers import (
    ALARM,
    CONFIGURATION_REFUSED,
    CRASH,
    FAULT,
    MODEM,
    OUT_OF_RANGE,
    PASS,
    POWER,
    SILENT,
    STUCK,
    WORKS,
)

NAMES = {
    ALARM: "alarm",
    FAULT: "fault",
    CRASH: "crash",
    CONFIGURATION_REFUSED: "configuration refused",
    PASS: "pass",
    POWER: "power",
    MODEM: "modem",
}
FACTS = {  # what `facts` has of each
    "alarm": ("point", "state", "value", "unit"),
    "fault": ("name", "what"),
    "crash": ("text",),
    "configuration refused": ("version", "text"),
    "pass": ("epc", "duration_ms", "count", "peak_dbm"),
    "power": ("state",),
    "modem": ("about", "text"),
}
WHAT = {WORKS: "works", SILENT: "silent", OUT_OF_RANGE: "out of range", STUCK: "stuck"}
POWER_STATES = ("failed", "back")


def facts(event: DecodedEvent, schemas: Mapping[int, PointTable]) -> dict:
    """What the event says, by name; {"data": [...]} of one that is not known here."""
    try:
        return _FACTS[event.code](event.data, schemas.get(event.schema_id))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):  # of a later firmware: as it came
        return {"data": [item.hex() if isinstance(item, bytes) else item for item in event.data]}


def words(event: DecodedEvent, schemas: Mapping[int, PointTable]) -> str:
    """The same in one line, with the event's name in front."""
    found = facts(event, schemas)
    name = NAMES.get(event.code, f"event {event.code}").upper()
    if "data" in found:
        return f"{name} {found['data']}"
    return f"{name} {_WORDS[event.code](found)}"


def _alarm(data: list, table: PointTable | None) -> dict:
    name, active, value = data
    point = next((p for p in table.points if p.name == name), None) if table else None
    if isinstance(value, int) and point:
        exact = value * Fraction(point.scale)
        value = int(exact) if exact.denominator == 1 else float(exact)
    unit = point.symbol if point else None
    return {"point": name, "state": "raised" if active else "ended", "value": value, "unit": unit}


def _alarm_words(found: dict) -> str:
    text = f"{found['state']} {found['point']} {reading_text(found['value'])}"
    return f"{text} {found['unit']}" if found["unit"] else text


def _fault(data: list, _table: PointTable | None) -> dict:
    name, what = data  # a silent part's name, or a point's
    return {"name": name, "what": WHAT[what]}


def _crash(data: list, _table: PointTable | None) -> dict:
    (text,) = data
    return {"text": text}


def _configuration(data: list, _table: PointTable | None) -> dict:
    version, text = data
    return {"version": version, "text": text}


def _pass(data: list, _table: PointTable | None) -> dict:
    epc, duration_ms, count, peak_dbm = data
    return {"epc": epc.hex(), "duration_ms": duration_ms, "count": count, "peak_dbm": peak_dbm}


def _power(data: list, _table: PointTable | None) -> dict:
    (back,) = data
    return {"state": POWER_STATES[back]}


def _modem(data: list, _table: PointTable | None) -> dict:
    about, text = data
    return {"about": about, "text": text}


_FACTS = {
    ALARM: _alarm,
    FAULT: _fault,
    CRASH: _crash,
    CONFIGURATION_REFUSED: _configuration,
    PASS: _pass,
    POWER: _power,
    MODEM: _modem,
}
_WORDS = {
    ALARM: _alarm_words,
    FAULT: "{name} {what}".format_map,
    CRASH: "{text}".format_map,
    CONFIGURATION_REFUSED: "version {version}: {text}".format_map,
    PASS: "{epc}  {duration_ms} ms  {count} times  {peak_dbm} dBm".format_map,
    POWER: "{state}".format_map,
    MODEM: "{about} {text}".format_map,
}


def reading_text(value: Reading) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
