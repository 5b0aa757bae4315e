"""What nodes and the collector say to each other (docs/messages.md): CBOR maps with small integers as keys.

Times are whole seconds since 2020-01-01T00:00:00Z; a report's is None while the node's clock is not
set.  Values are the points of the schema in its order, as integers scaled by it; None for a point
without a reading, INVALID for one whose reading cannot be right.  Unknown keys are skipped, so that
later nodes can say more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from protocols import cbor, message_numbers
from protocols.errors import DecodeError, EncodeError
from protocols.message_numbers import (
    ACKNOWLEDGED,
    COMMANDS,
    CONFIGURATION,
    CONFIGURATION_VERSION,
    DOWNLINK_VERSION,
    EVENTS,
    HEALTH,
    IN_USE,
    REPORTS,
    RESULTS,
    SERVER_TIME,
    VERSION,
)
from protocols.report import decoder
from protocols.report.layout import MAX_COUNTER

EPOCH_UNIX_S = 1_577_836_800  # 2020-01-01T00:00:00Z

MAX_UINT = (1 << 32) - 1
MAX_ARGUMENT = (1 << 30) - 1  # small integers on an ESP32 end here
MAX_DETAIL = 200  # characters
MAX_DOWNLINK = 480  # a BC26 hands over 512 bytes at a time (AT+QIRD); the rest is left to CoAP

INVALID = decoder.INVALID

Argument = int | str | bytes | bool | None
Datum = int | str | bytes | bool | None  # of an event
Value = int | str | None  # the text is INVALID


class Status(IntEnum):
    """How a command ended."""

    DONE = message_numbers.DONE
    UNKNOWN_COMMAND = message_numbers.UNKNOWN_COMMAND
    BAD_ARGUMENT = message_numbers.BAD_ARGUMENT
    EXPIRED = message_numbers.EXPIRED
    FAILED = message_numbers.FAILED


@dataclass(frozen=True)
class Report:
    """One reading of all points; `time` in seconds since 2020, None: the node's clock was not set."""

    seq: int
    time: int | None
    values: list[Value]


@dataclass(frozen=True)
class Result:
    """The outcome of a command on the node."""

    command_id: int
    status: Status
    detail: str | None


@dataclass(frozen=True)
class Event:
    """Something that happened on the node; `time` as a report's.  Any code and any data may come."""

    seq: int
    time: int | None
    code: int
    data: list[Datum]


@dataclass(frozen=True)
class Uplink:
    """`reports` are of the product's table, `health` of the health table; None is the id of no reports.

    `configuration` is the version in use, 0 if the node has none, None if it does not say.
    """

    schema_id: int | None
    reports: list[Report]
    results: list[Result]
    events: list[Event]
    health_schema_id: int | None
    health: list[Report]
    configuration: int | None


@dataclass(frozen=True)
class Configuration:
    """What a node should have: docs/messages.md, "Configuration"."""

    version: int
    settings: dict


@dataclass(frozen=True)
class Command:
    """A command on its way to a node; `deadline` in seconds since 2020."""

    id: int
    deadline: int
    name: str
    args: list[Argument]


def decode_uplink(data: bytes) -> Uplink:
    """The message of a node; DecodeError if any part of it is not as the module's head says."""
    message = cbor.loads(data)
    if not isinstance(message, dict):
        raise DecodeError("an uplink is a map")
    schema_id, reports = _reports(message, REPORTS)
    health_schema_id, health = _reports(message, HEALTH)
    return Uplink(
        schema_id,
        reports,
        [_result(item) for item in _array(message.get(RESULTS, []), "results")],
        [_event(item) for item in _array(message.get(EVENTS, []), "events")],
        health_schema_id,
        health,
        _counter(message[IN_USE], "configuration's version") if IN_USE in message else None,
    )


def encode_downlink(
    server_time: int,
    commands: Iterable[Command] = (),
    acknowledged: Iterable[int] = (),
    configuration: Configuration | None = None,
) -> bytes:
    """The answer to an uplink; `acknowledged` are sequence numbers.

    configuration: what the node should have and has not; it waits for an answer in which there is room.
    """
    message = {VERSION: DOWNLINK_VERSION, SERVER_TIME: server_time}
    if waiting := [[command.id, command.deadline, command.name, command.args] for command in commands]:
        message[COMMANDS] = waiting
    if ranges := _ranges(acknowledged):
        message[ACKNOWLEDGED] = ranges
    if configuration is not None:
        wanted = {CONFIGURATION_VERSION: configuration.version, CONFIGURATION: configuration.settings}
        whole = cbor.dumps({**message, **wanted})
        if len(whole) <= MAX_DOWNLINK:
            return whole
    return cbor.dumps(message)


def fitting(server_time: int, commands: list[Command], acknowledged: Iterable[int] = ()) -> list[Command]:
    """As many of the first commands as one downlink holds; the others have to wait for the next."""
    while commands and len(encode_downlink(server_time, commands, acknowledged)) > MAX_DOWNLINK:
        commands = commands[:-1]
    return commands


def check_command(name: str, args: list[Argument]) -> None:
    """EncodeError for what could not be sent, or not be read by a node."""
    if not name:
        raise EncodeError("a command has a name")
    for arg in args:
        if not isinstance(arg, Argument):
            raise EncodeError(f"argument {arg!r} is not an integer, text, bytes, true, false or null")
        if isinstance(arg, int) and abs(arg) > MAX_ARGUMENT:
            raise EncodeError(f"argument {arg} is beyond 30 bits")
    if not fitting(MAX_UINT, [Command(MAX_UINT, MAX_UINT, name, args)]):
        raise EncodeError(f"command {name[:20]!r} is longer than a downlink of {MAX_DOWNLINK} bytes")


def _ranges(numbers: Iterable[int]) -> list[int]:
    """Each run of consecutive numbers as its first and its length, one after the other."""
    ranges: list[int] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-2] + ranges[-1]:
            ranges[-1] += 1
        else:
            ranges += [number, 1]
    return ranges


def _reports(message: dict, key: int) -> tuple[int | None, list[Report]]:
    """Schema id and reports; None if there are none."""
    if key not in message:
        return None, []
    packed = message[key]
    if not isinstance(packed, bytes):
        raise DecodeError("reports are not a byte string")
    schema_id, rows = decoder.decode(packed)
    return schema_id, [Report(seq, time, values) for seq, time, *values in rows]


def _event(item: object) -> Event:
    item = _array(item, "an event")
    if len(item) < 3:
        raise DecodeError("an event has a number, a time and a code")
    seq, time, code, *data = item
    if not all(isinstance(datum, Datum) for datum in data):
        raise DecodeError("an event's data are integers, text, byte strings, true, false or null")
    return Event(
        _counter(seq, "an event's number"),
        None if time is None else _counter(time, "an event's time"),
        _counter(code, "an event's code"),
        data,
    )


def _result(item: object) -> Result:
    command_id, status, detail = _array(item, "a result", 3)
    if not (detail is None or (isinstance(detail, str) and len(detail) <= MAX_DETAIL)):
        raise DecodeError("detail is not null or short text")
    try:
        return Result(_uint(command_id, "command id"), Status(_uint(status, "status")), detail)
    except ValueError as error:
        raise DecodeError(str(error)) from None


def _array(item: object, what: str, length: int | None = None) -> list:
    if not isinstance(item, list) or length not in (None, len(item)):
        raise DecodeError(f"{what}: not an array" + (f" of {length}" if length else ""))
    return item


def _counter(item: object, what: str) -> int:
    if type(item) is not int or not 0 <= item <= MAX_COUNTER:
        raise DecodeError(f"{what}: not an unsigned integer of 30 bits")
    return item


def _uint(item: object, what: str) -> int:
    if type(item) is not int or not 0 <= item <= MAX_UINT:
        raise DecodeError(f"{what}: not an unsigned integer of 32 bits")
    return item
