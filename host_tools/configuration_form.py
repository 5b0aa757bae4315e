"""A node's settings as people write them (docs/configuration.md), and as they travel.

For people: times as 5m or in seconds, thresholds in the point's unit, degrees, "HOST:PORT".  What travels:
firmware/configuration_check.py.
"""

import re
from fractions import Fraction

from firmware.configuration_check import LEAST_S, LONGEST_S, MAY_BE_NONE, check
from host_tools.boards import Board, table_of
from host_tools.build.firmware_files import board_constants
from host_tools.durations import parse_duration
from host_tools.points import exact
from host_tools.provisioning.identity import parse_server

NONE = "none"  # no such threshold
IN_STEPS = ("step", "above", "below", "hysteresis")  # of a rule; min_s is a time
PLACE = ("zone", "latitude", "longitude")
DEGREE = 10_000  # steps
ZONE = re.compile(r"([+-])([0-9]{1,2}):([0-5][0-9])")


class ConfigurationError(ValueError):
    """Settings that cannot be; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "docs/configuration.md has the keys and their units."):
        super().__init__(message)
        self.hint = hint


def to_settings(form: dict, board: Board) -> dict:
    """What travels, checked as the node checks it.  Raises ConfigurationError, ProvisionError (server)."""
    scales = _scales(board)
    settings = {}
    for key, value in form.items():
        if key in LEAST_S:
            settings[key] = _seconds(key, value)
        elif key == "rules":
            settings[key] = {name: _rule(name, rule, scales) for name, rule in _table(key, value).items()}
        elif key == "place":
            settings[key] = _place(_table(key, value))
        elif key == "server":
            settings[key] = list(parse_server(str(value)))
        else:
            settings[key] = value
    check_settings(settings, board)
    return settings


def check_settings(settings: dict, board: Board) -> None:
    """Raises ConfigurationError with the words of the node's own check."""
    known = board_constants(board)
    try:
        check(settings, known["POINTS"], known["RULES"], known["OUTPUTS"], known["SETTINGS"])
    except ValueError as error:
        raise ConfigurationError(str(error), _hint(str(error), board.name, known)) from error
    if settings.get("sample_s", 0) > settings.get("report_s", LONGEST_S):
        raise ConfigurationError(
            "sample_s is longer than report_s", "A report holds what was sampled: give a shorter sample_s."
        )


def _hint(error: str, board: str, known: dict) -> str:
    """What helps whoever wrote what the node's check refuses."""
    table = {"plans": "OUTPUTS", "safe": "OUTPUTS", "parts": "SETTINGS"}.get(error.partition(":")[0])
    if table and "there is no" in error:
        return f"{board} has {', '.join(known[table]) or 'none'}."
    if error.startswith("rules."):
        return f"Values there are in steps of the point's scale: citynode boards show {board}"
    return "docs/configuration.md has the keys."


def to_form(settings: dict, board: Board) -> dict:
    """What `to_settings` makes of it are these settings."""
    scales = _scales(board)
    form = dict(settings)
    if "rules" in form:
        form["rules"] = {
            name: {key: _shown(key, value, scales.get(name, 1)) for key, value in rule.items()}
            for name, rule in form["rules"].items()
        }
    if "place" in form:
        zone, latitude, longitude = form["place"]
        hours, minutes = divmod(abs(zone), 60)
        sign = "-" if zone < 0 else "+"
        form["place"] = {
            "zone": f"{sign}{hours:02}:{minutes:02}",
            "latitude": latitude / DEGREE,
            "longitude": longitude / DEGREE,
        }
    if "server" in form:
        form["server"] = "{}:{}".format(*form["server"])
    return form


def _scales(board: Board) -> dict[str, Fraction]:
    return {point.name: Fraction(point.scale) for point in table_of(board).points}


def _table(key: str, value: object) -> dict:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{key} is no table", f"Give {key}.NAME=VALUE, or [{key}] in the file.")
    return value


def _seconds(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ConfigurationError(f"{key}: {error}", "Times are as in 90s, 5m or 1h30m.") from error


def _rule(name: str, rule: object, scales: dict[str, Fraction]) -> dict:
    if name not in scales:
        raise ConfigurationError(f"rules: there is no point {name!r}", f"There are {', '.join(scales)}.")
    found = {}
    for key, value in _table(f"rules.{name}", rule).items():
        what = f"rules.{name}.{key}"
        found[key] = _steps(what, key, value, scales[name]) if key in IN_STEPS else _seconds(what, value)
    return found


def _steps(what: str, key: str, value: object, scale: Fraction) -> int | None:
    if value == NONE:
        return None if key in MAY_BE_NONE else 0
    steps = _number(what, value) / scale
    if steps.denominator != 1:
        raise ConfigurationError(f"{what}: {value} is no multiple of the point's scale, {float(scale):g}", "")
    return int(steps)


def _shown(key: str, value: int | None, scale: Fraction) -> int | float | str:
    if value is None:
        return NONE
    value *= scale if key in IN_STEPS else 1
    return int(value) if value == int(value) else float(value)


def _place(place: dict) -> list[int]:
    if set(place) != set(PLACE):
        raise ConfigurationError("place has zone, latitude and longitude, and nothing else")
    zone = ZONE.fullmatch(str(place["zone"]))
    if not zone:
        raise ConfigurationError(f"place.zone: {place['zone']!r} is no time zone", "Give it as in +08:00.")
    minutes = 60 * int(zone[2]) + int(zone[3])
    degrees = [round(_number(f"place.{key}", place[key]) * DEGREE) for key in PLACE[1:]]
    return [-minutes if zone[1] == "-" else minutes, *degrees]


def _number(what: str, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{what}: {value!r} is no number")
    try:
        return exact(value)
    except ValueError as error:  # infinite, or none
        raise ConfigurationError(f"{what}: {value!r} is no number") from error
