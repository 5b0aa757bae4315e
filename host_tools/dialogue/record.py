r"""The text in which dialogues are kept, one line for each piece that was said:

    12.340512 > AT+CEREG?\r
    12.371980 < \r\n+CEREG: 5,1\r\n

Seconds, `>` from the board or `<` from the modem, the bytes.  Control characters, the backslash and what is
not ASCII are escaped as in Python's bytes.  Empty lines and lines that begin with `#` are comments.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

FROM_BOARD, FROM_MODEM = ">", "<"
LINE = re.compile(r"([0-9]+\.[0-9]{6}) ([<>]) (.+)")
ESCAPES = {0x0D: r"\r", 0x0A: r"\n", 0x09: r"\t", 0x5C: r"\\"}
ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|[rnt\\])")
PIECE = re.compile(r"(?:[^\x00-\x1f\\\x7f-\U0010ffff]|\\(?:x[0-9a-f]{2}|[rnt\\]))+")


class DialogueError(ValueError):
    """A text is no dialogue, or a board does not keep to it; names the line or the time."""

    hint = "docs/scenarios.md describes how dialogues are written down."


@dataclass(frozen=True)
class Record:
    time_us: int
    direction: str
    data: bytes

    def __str__(self) -> str:
        seconds, rest = divmod(self.time_us, 1_000_000)
        return f"{seconds}.{rest:06} {self.direction} {escape(self.data)}"


class Recorder:
    """Writes what is said to `file`, as it comes."""

    def __init__(self, file: TextIO):
        self._file = file

    def note(self, time_us: int, direction: str, data: bytes) -> None:
        if data:
            self._file.write(f"{Record(time_us, direction, data)}\n")


def read_records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of a text; DialogueError names a line that is none."""
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r\n")
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if not match or not PIECE.fullmatch(match[3]):
            raise DialogueError(f"line {number} is not time, direction and bytes: {line[:60]!r}")
        time_us = int(match[1].replace(".", ""))
        yield Record(time_us, match[2], unescape(match[3]))


def escape(data: bytes) -> str:
    return "".join(ESCAPES.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}") for b in data)


def unescape(text: str) -> bytes:
    plain = {shown[1]: bytes([byte]) for byte, shown in ESCAPES.items()}

    def byte(match: re.Match) -> str:
        word = match[1]
        data = bytes.fromhex(word[1:]) if word[0] == "x" else plain[word]
        return data.decode("latin-1")

    return ESCAPED.sub(byte, text).encode("latin-1")
