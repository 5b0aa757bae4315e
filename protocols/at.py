"""The host's side of an AT dialogue, sans-IO: bytes from the modem in, events out.

A dialogue is a `Chat`.  It knows the one command in flight, so it never has to guess what a line
is.  A complete line is tried, in this order, as

1. the echo of the command in flight (V.250 `E1`),
2. its final result: `OK`, `ERROR`, `+CME ERROR: n`, or the later line the command waits for,
3. its information response, which has a stated shape,
4. an unsolicited result code (URC) of the module's table, which may come at any moment,

and is otherwise counted and skipped, as are garbled bytes: after a wake-up, a reboot or at a wrong
baud rate a modem says anything.  A command may wait for the prompt `>` with a payload, and a URC may
announce one.  The `Chat` has no clock: who has one calls `abandon` when the command's `timeout_ms` is over.

A shape is a line in which `#` stands for one digit and a `*` at the end for anything:
`+CEREG: #,#,*`.  The space after the colon may be missing; one manual prints both.

Sources: ITU-T V.250 (framing, result codes), 3GPP TS 27.007 9.1 (`+CME ERROR`).
"""

from collections import namedtuple

from protocols.at_lines import LineAssembler
from protocols.errors import DecodeError, EncodeError

Line = namedtuple("Line", ("text",))  # one line of the information response
Result = namedtuple("Result", ("ok", "code", "text"))  # the command is over; `code`: of +CME ERROR, or None
Urc = namedtuple("Urc", ("name", "fields"))  # `name`: from the table, `fields`: see parse_fields
Prompt = namedtuple("Prompt", ("payload",))  # the modem waits for it: write it now

Command = namedtuple("Command", ("text", "expected", "timeout_ms", "final", "payload"))

DEFAULT_TIMEOUT_MS = 2000  # most commands promise an answer within 300 ms; the rest is for slow baud rates


def command(text, expected=(), timeout_ms=DEFAULT_TIMEOUT_MS, final=None, payload=None):
    """One step of a script: what to send, and what must come back.

    `expected`: shape, or tuple of shapes, of the information response; `OK` without it is a failure, unless
    one of the shapes is empty.
    `final`: shape of the line that ends the command some time after its `OK`; None: `OK` ends it.
    `payload`: bytes that the modem asks for with `>`.
    """
    if isinstance(expected, str):
        expected = (expected,)
    return Command(text, expected, timeout_ms, final, payload)


def fill(template, payload=None, **values):
    """The command with its `{name}` fields filled in; EncodeError if a text would end the line or a quote."""
    for value in values.values():
        if isinstance(value, str) and not all(" " <= c <= "~" and c != '"' for c in value):
            raise EncodeError("not allowed in AT: " + repr(value))
    text, expected, timeout_ms, final, _ = template
    return Command(
        text.format(**values),
        tuple([shape.format(**values) for shape in expected]),
        timeout_ms,
        final and final.format(**values),
        payload,
    )


def parse_fields(text):
    """`+NAME: a,"b",,c` as ["a", "b", "", "c"]; a line without a name has none.  DecodeError if malformed."""
    colon = text.find(":")
    return split_fields(text[colon + 1 :]) if colon > 0 and not text[0].isdigit() else []


def split_fields(text):
    """The fields of a line whose name is off, or that never had one.  DecodeError if malformed."""
    rest = text.strip()
    fields = []
    start = 0
    while True:
        if rest[start : start + 1] == '"':
            end = rest.find('"', start + 1) + 1
            if not end or rest[end : end + 1] not in ("", ","):
                raise DecodeError("quote and field: " + text)
            fields.append(rest[start + 1 : end - 1])
        else:
            end = rest.find(",", start)
            end = len(rest) if end < 0 else end
            fields.append(rest[start:end].strip())
            if '"' in fields[-1]:
                raise DecodeError("quote within a field: " + text)
        if end >= len(rest):
            return fields
        start = end + 1


def matches(shape, text):
    """Whether the line `text` has the `shape` described at the head of this file; allocates nothing."""
    at, end, last = 0, len(text), len(shape) - 1
    after_colon = False
    for i in range(last + 1):
        want = shape[i]
        if want == "*" and i == last:
            return True
        if after_colon and want == " ":  # may be missing
            at += at < end and text[at] == " "
        elif at < end and (want == text[at] or (want == "#" and "0" <= text[at] <= "9")):
            at += 1
        else:
            return False
        after_colon = want == ":"
    return at == end


class Chat:
    """One command at a time, and URCs whenever they come.

    `urcs`: tuples (name, shape), or (name, shape, field) if that many bytes of payload follow the line;
    several shapes may share a name.  `line_limit`: bytes in the longest line or payload.
    `garbled` counts lines that are not text or whose fields are malformed, `overlong` those past the limit,
    `unknown` lines that are neither part of an answer nor in the table.
    """

    def __init__(self, urcs, line_limit):
        self.unknown = 0
        self._malformed = 0
        self._urcs = urcs
        self._lines = LineAssembler(line_limit)
        self._command = None
        self._answered = False
        self._payload = None  # what the modem has yet to ask for
        self._announced = None  # the URC whose payload comes next

    @property
    def busy(self):
        """A command is in flight."""
        return self._command is not None

    @property
    def garbled(self):
        return self._lines.garbled + self._malformed

    @property
    def overlong(self):
        return self._lines.overlong

    def start(self, command):
        """The bytes that send `command`.  Its predecessor must be over."""
        if self.busy:
            raise EncodeError("still waiting after " + self._command.text)
        self._command = command
        self._answered = not command.expected or "" in command.expected
        self._payload = command.payload
        return command.text.encode() + b"\r"

    def abandon(self):
        """Wait no longer for the command in flight; what it still says will be skipped."""
        self._command = self._payload = None

    def feed(self, data):
        """Take bytes from the modem; a list of Line, Result, Urc and Prompt as they came."""
        events = []
        at = 0
        while at < len(data):
            at = self._lines.take(data, at)
            if not self._lines.text:
                continue
            try:
                event = self._event(self._lines.text)
            except ValueError:  # DecodeError, or a length that is none
                self._malformed += 1
                continue
            if event:
                events.append(event)
        if self._payload and self._lines.prompted():  # no line end follows
            events.append(self._prompt())
        return events

    def _prompt(self):
        payload, self._payload = self._payload, None
        return Prompt(payload)

    def _event(self, text):
        if self._announced:
            urc, self._announced = self._announced, None
            urc.fields.append(text)
            return urc
        if self._command:
            if text == self._command.text:
                return None
            if text == ">" and self._payload:
                return self._prompt()
            result = self._result(text)
            if result:
                self._command = None
                return result
            for shape in self._command.expected:
                if matches(shape, text):
                    self._answered = True
                    return Line(text)
        for row in self._urcs:
            if matches(row[1], text):
                return self._urc(row, text)
        if text != "OK" or not self._command:  # the OK before a later final line is no surprise
            self.unknown += 1
        return None

    def _urc(self, row, text):
        urc = Urc(row[0], parse_fields(text))
        if len(row) == 2:
            return urc
        self._lines.expect_raw(int(urc.fields[row[2]]))
        self._announced = urc
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
