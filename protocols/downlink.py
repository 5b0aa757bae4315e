"""The answer to an uplink, as a node reads it (docs/messages.md, "Downlink")."""

from protocols.cbor_decoder import loads
from protocols.errors import DecodeError
from protocols.message_numbers import (
    ACKNOWLEDGED,
    COMMANDS,
    CONFIGURATION,
    CONFIGURATION_VERSION,
    DOWNLINK_VERSION,
    SERVER_TIME,
    VERSION,
)

MAX_INTEGER = (1 << 30) - 1  # of all integers in it but commands' arguments


class Downlink:
    """`time` in seconds since 2020; `commands` each [id, deadline, name, arguments].

    `version` is that of the configuration which the server wants the node to have, or None; `settings` is
    that configuration, a map, or None: it comes while the node has another, and where there is room.
    """

    def __init__(self, time, commands, version, settings, ranges):
        self.time = time
        self.commands = commands
        self.version = version
        self.settings = settings
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
        raise DecodeError("not a map")
    version, time = message.get(VERSION), message.get(SERVER_TIME)
    ranges = message.get(ACKNOWLEDGED, [])
    if not (_is_positive(version) and _is_positive(time)):
        raise DecodeError("no version or time")
    if not (isinstance(ranges, list) and len(ranges) % 2 == 0 and all(_is_uint(item) for item in ranges)):
        raise DecodeError("wrong acknowledgements")
    if version > DOWNLINK_VERSION:
        return Downlink(time, [], None, None, ranges)
    commands = message.get(COMMANDS, [])
    if not isinstance(commands, list) or not all(_is_command(item) for item in commands):
        raise DecodeError("wrong commands")
    wanted, settings = message.get(CONFIGURATION_VERSION), message.get(CONFIGURATION)
    if wanted is not None and not _is_uint(wanted):
        raise DecodeError("wrong version of a configuration")
    if settings is not None and not (isinstance(settings, dict) and wanted):
        raise DecodeError("wrong configuration")
    return Downlink(time, commands, wanted, settings, ranges)


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
