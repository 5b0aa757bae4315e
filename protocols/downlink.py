"""The answer to an uplink, as a node reads it (docs/messages.md, "Downlink")."""

from protocols.cbor_decoder import loads
from protocols.errors import DecodeError
from protocols.message_numbers import (
    ACKNOWLEDGED,
    COMMANDS,
    CONFIGURATION,
    DOWNLINK_VERSION,
    SERVER_TIME,
    VERSION,
)

MAX_INTEGER = (1 << 30) - 1  # of all integers in it but commands' arguments


class Downlink:
    """`time` in seconds since 2020; `commands` each [id, deadline, name, arguments].

    `configuration` is the version of the node's configuration that the server has, or None.
    """

    def __init__(self, time, commands, configuration, ranges):
        self.time = time
        self.commands = commands
        self.configuration = configuration
        self._ranges = ranges  # first, count, first, count …

    def acknowledges(self, sequence):
        """Whether the server has stored the report of that number."""
        ranges = self._ranges
        return any(0 <= sequence - ranges[i] < ranges[i + 1] for i in range(0, len(ranges), 2))


def decode(payload):
    """The Downlink that the bytes `payload` encode.  Raises DecodeError.

    Of a version later than ours only the time and the acknowledgements are taken, which mean the same
    in all of them.
    """
    message = loads(payload)
    if not isinstance(message, dict):
        raise DecodeError("a downlink is a map")
    version, time = message.get(VERSION), message.get(SERVER_TIME)
    ranges = message.get(ACKNOWLEDGED, [])
    if not (_is_positive(version) and _is_positive(time)):
        raise DecodeError("a downlink without version or time")
    if not (isinstance(ranges, list) and len(ranges) % 2 == 0 and all(_is_uint(item) for item in ranges)):
        raise DecodeError("acknowledged are pairs of first and count")
    if version > DOWNLINK_VERSION:
        return Downlink(time, [], None, ranges)
    commands, configuration = message.get(COMMANDS, []), message.get(CONFIGURATION)
    if not isinstance(commands, list) or not all(_is_command(item) for item in commands):
        raise DecodeError("not a list of commands")
    if not (configuration is None or _is_uint(configuration)):
        raise DecodeError("a configuration's version is a number")
    return Downlink(time, commands, configuration, ranges)


def _is_uint(item):
    return type(item) is int and 0 <= item <= MAX_INTEGER


def _is_positive(item):
    return _is_uint(item) and item > 0


def _is_command(item):
    return (
        isinstance(item, list)
        and len(item) == 4
        and _is_positive(item[0])
        and _is_positive(item[1])
        and isinstance(item[2], str)
        and isinstance(item[3], list)
    )
