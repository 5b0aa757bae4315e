"""What nodes and the collector say to each other: CBOR maps with small integers as keys.

Uplink:    {1: schema id,
            2: [[seq, time, [value, ...]], ...],             reports, may be absent
            3: [[command id, status, detail], ...]}          results of commands, may be absent
Downlink:  {1: server time,
            2: [[command id, deadline, name, [argument, ...]], ...]}

Times are whole seconds since 2020-01-01T00:00:00Z; a report's is null while the node's clock is not
set.  Values are the points of the schema in its order, as integers scaled by it, or null for a point
without a reading.  A detail is text or null.  Unknown keys are skipped, so that later nodes can say
more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from protocols import cbor, message_numbers
from protocols.errors import DecodeError, EncodeError
from protocols.message_numbers import COMMANDS, REPORTS, RESULTS, SCHEMA_ID, SERVER_TIME

EPOCH_UNIX_S = 1_577_836_800  # 2020-01-01T00:00:00Z

MAX_UINT = (1 << 32) - 1
MAX_VALUE = (1 << 63) - 1  # far beyond any scaled point; keeps bignums out
MAX_ARGUMENT = (1 << 30) - 1  # small integers on an ESP32 end here
MAX_DETAIL = 200  # characters
MAX_DOWNLINK = 480  # a BC26 hands over 512 bytes at a time (AT+QIRD); the rest is left to CoAP

Argument = int | str | bool | None


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
    values: list[int | None]


@dataclass(frozen=True)
class Result:
    """The outcome of a command on the node."""

    command_id: int
    status: Status
    detail: str | None


@dataclass(frozen=True)
class Uplink:
    schema_id: int
    reports: list[Report]
    results: list[Result]


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
    return Uplink(
        _uint(message.get(SCHEMA_ID), "schema id"),
        [_report(item) for item in _array(message.get(REPORTS, []), "reports")],
        [_result(item) for item in _array(message.get(RESULTS, []), "results")],
    )


def encode_downlink(server_time: int, commands: Iterable[Command]) -> bytes:
    """The answer to an uplink."""
    waiting = [[command.id, command.deadline, command.name, command.args] for command in commands]
    return cbor.dumps({SERVER_TIME: server_time, COMMANDS: waiting})


def fitting(server_time: int, commands: list[Command]) -> list[Command]:
    """As many of the first commands as one downlink holds; the others have to wait for the next."""
    while len(encode_downlink(server_time, commands)) > MAX_DOWNLINK:
        commands = commands[:-1]
    return commands


def check_command(name: str, args: list[Argument]) -> None:
    """EncodeError for what could not be sent, or not be read by a node."""
    if not name:
        raise EncodeError("a command has a name")
    for arg in args:
        if not isinstance(arg, Argument):
            raise EncodeError(f"argument {arg!r} is not an integer, text, true, false or null")
        if isinstance(arg, int) and abs(arg) > MAX_ARGUMENT:
            raise EncodeError(f"argument {arg} is beyond 30 bits")
    if not fitting(MAX_UINT, [Command(MAX_UINT, MAX_UINT, name, args)]):
        raise EncodeError(f"command {name[:20]!r} is longer than a downlink of {MAX_DOWNLINK} bytes")


def _report(item: object) -> Report:
    seq, time, values = _array(item, "a report", 3)
    return Report(
        _uint(seq, "seq"),
        None if time is None else _uint(time, "time"),
        [_value(value) for value in _array(values, "values")],
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


def _uint(item: object, what: str) -> int:
    if type(item) is not int or not 0 <= item <= MAX_UINT:
        raise DecodeError(f"{what}: not an unsigned integer of 32 bits")
    return item


def _value(item: object) -> int | None:
    if item is not None and (type(item) is not int or abs(item) > MAX_VALUE):
        raise DecodeError("value: not null or an integer of 64 bits")
    return item
