"""The host's side of an AT dialogue, sans-IO: bytes from the modem in, events out.

A dialogue is a `Chat`.  It knows the one command in flight, so it never has to guess what a line
is.  A complete line is tried, in this order, as

1. the echo of the command in flight (V.250 `E1`),
2. its final result: `OK`, `ERROR`, `+CME ERROR: n`, or the later line the command waits for,
3. its information response, which has a stated shape,
4. an unsolicited result code (URC) of the module's table, which may come at any moment,

and is otherwise counted and skipped, as are garbled bytes: after a wake-up, a reboot or at a wrong
baud rate a modem says anything.  The `Chat` has no clock: who has one calls `abandon` when the
command's `timeout_ms` is over.

A shape is a line in which `#` stands for one digit and a `*` at the end for anything:
`+CEREG: #,#,*`.  The space after the colon may be missing; one manual prints both.

Sources: ITU-T V.250 (framing, result codes), 3GPP TS 27.007 9.1 (`+CME ERROR`).
"""

from collections import namedtuple

from protocols.errors import DecodeError, EncodeError

Line = namedtuple("Line", ("text",))  # one line of the information response
Result = namedtuple("Result", ("ok", "code", "text"))  # the command is over; `code`: of +CME ERROR, or None
Urc = namedtuple("Urc", ("name", "fields"))  # `name`: from the table, `fields`: see parse_fields

Command = namedtuple("Command", ("text", "expected", "timeout_ms", "final"))

DEFAULT_TIMEOUT_MS = 2000  # most commands promise an answer within 300 ms; the rest is for slow baud rates
LINE_ENDS = b"\r\n"


def command(text, expected=(), timeout_ms=DEFAULT_TIMEOUT_MS, final=None):
    """One step of a script: what to send, and what must come back.

    `expected`: shape, or tuple of shapes, of the information response; `OK` without it is a failure.
    `final`: shape of the line that ends the command some time after its `OK`; None: `OK` ends it.
    """
    if isinstance(expected, str):
        expected = (expected,)
    return Command(text, expected, timeout_ms, final)


def fill(template, **values):
    """The command with its `{name}` fields filled in; EncodeError if a text would end the line or a quote."""
    for value in values.values():
        if isinstance(value, str) and not all(" " <= c <= "~" and c != '"' for c in value):
            raise EncodeError("not allowed within an AT command: " + repr(value))
    text, expected, timeout_ms, final = template
    return Command(
        text.format(**values),
        tuple([shape.format(**values) for shape in expected]),
        timeout_ms,
        final and final.format(**values),
    )


def parse_fields(text):
    """`+NAME: a,"b",,c` as ["a", "b", "", "c"]; a line without a name has none.  DecodeError if malformed."""
    colon = text.find(":") if text.startswith("+") else -1
    if colon < 0:
        return []
    rest = text[colon + 1 :].strip()
    fields = []
    start = 0
    while True:
        if rest[start : start + 1] == '"':
            end = rest.find('"', start + 1) + 1
            if not end or rest[end : end + 1] not in ("", ","):
                raise DecodeError("a quote does not end with its field: " + text)
            fields.append(rest[start + 1 : end - 1])
        else:
            end = rest.find(",", start)
            end = len(rest) if end < 0 else end
            fields.append(rest[start:end].strip())
            if '"' in fields[-1]:
                raise DecodeError("a quote within a field: " + text)
        if end >= len(rest):
            return fields
        start = end + 1


def matches(shape, text):
    """Whether the line `text` has the `shape` described at the head of this file."""
    shape, text = _tight(shape), _tight(text)
    if shape.endswith("*"):
        shape = shape[:-1]
        text = text[: len(shape)]
    if len(text) != len(shape):
        return False
    for i, want in enumerate(shape):
        if want != text[i] and not (want == "#" and "0" <= text[i] <= "9"):
            return False
    return True


def _tight(text):
    return text.replace(": ", ":", 1)


class LineAssembler:
    """Bytes in any split to lines.  A line ends at CR or LF; empty lines are framing and vanish.

    A line longer than `limit` bytes is dropped whole (its head alone could mean something else) and
    counted in `overlong`.
    """

    def __init__(self, limit):
        self.overlong = 0
        self._line = bytearray(limit)
        self._length = 0  # limit + 1: the line has overflowed

    def feed(self, data):
        """Complete lines, as a list of bytes objects without their ends."""
        lines = []
        for byte in data:
            if byte in LINE_ENDS:
                if self._length > len(self._line):
                    self.overlong += 1
                elif self._length:
                    lines.append(bytes(self._line[: self._length]))
                self._length = 0
            elif self._length < len(self._line):
                self._line[self._length] = byte
                self._length += 1
            else:
                self._length = len(self._line) + 1
        return lines


class Chat:
    """One command at a time, and URCs whenever they come.

    `urcs`: tuples (name, shape); several shapes may share a name.
    `garbled` counts lines that are not text or whose fields are malformed, `unknown` lines that are
    neither part of an answer nor in the table.
    """

    def __init__(self, urcs, line_limit):
        self.garbled = 0
        self.unknown = 0
        self._urcs = urcs
        self._lines = LineAssembler(line_limit)
        self._command = None
        self._answered = False

    @property
    def busy(self):
        """A command is in flight."""
        return self._command is not None

    @property
    def overlong(self):
        return self._lines.overlong

    def start(self, command):
        """The bytes that send `command`.  Its predecessor must be over."""
        if self.busy:
            raise EncodeError("still waiting for the answer to " + self._command.text)
        self._command = command
        self._answered = not command.expected
        return command.text.encode() + b"\r"

    def abandon(self):
        """Wait no longer for the command in flight; what it still says will be skipped."""
        self._command = None

    def feed(self, data):
        """Take bytes from the modem; a list of Line, Result and Urc in the order in which they came."""
        events = []
        for line in self._lines.feed(data):
            try:
                event = self._event(line)
            except DecodeError:
                self.garbled += 1
                continue
            if event:
                events.append(event)
        return events

    def _event(self, line):
        if not all(32 <= byte < 127 for byte in line):
            raise DecodeError("not text")
        text = line.decode().strip()
        if self._command:
            if text == self._command.text:
                return None
            result = self._result(text)
            if result:
                self._command = None
                return result
            if any(matches(shape, text) for shape in self._command.expected):
                self._answered = True
                return Line(text)
        for name, shape in self._urcs:
            if matches(shape, text):
                return Urc(name, parse_fields(text))
        if text != "OK" or not self._command:  # the OK before a later final line is no surprise
            self.unknown += 1
        return None

    def _result(self, text):
        """The final result that `text` is for the command in flight, or None."""
        final = self._command.final
        if final and matches(final, text):
            return Result(True, None, text)
        if final and text.endswith(" FAIL"):  # SEND FAIL, CONNECT FAIL, CLOSE FAIL
            return Result(False, None, text)
        if text == "OK" and not final:
            return Result(self._answered, None, text if self._answered else "OK without the answer")
        if text == "ERROR":
            return Result(False, None, text)
        if matches("+CME ERROR: *", text) or matches("+CMS ERROR: *", text):
            detail = text[text.find(":") + 1 :].strip()
            return Result(False, int(detail) if detail.isdigit() else None, text)
        return None
