"""The command line of a modem (ITU-T V.250 5.2 to 5.4): text in, requests out."""

import csv
import re
from dataclasses import dataclass

BASIC = re.compile(r"(&?[A-Z])(\d*)", re.IGNORECASE)
EXTENDED = re.compile(r'([+*][A-Z0-9]+)(=\?|\?|=)?((?:"[^"]*"|[^";])*);?', re.IGNORECASE)


class RefusedError(Exception):
    """The modem answers with an error: `code` as in `+CME ERROR`, or None for a plain ERROR."""

    def __init__(self, code: int | None = None):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Request:
    """One command of a line; `form` is "", "?", "=" or "=?"; `text` is what follows, as written.

    The arguments are the fields of `text` without their quotes.
    """

    name: str
    form: str
    text: str
    arguments: list[str]

    def number(self, index: int, default: int | None = None) -> int:
        """Argument `index`; RefusedError(50), incorrect parameters, if it is no number or not there."""
        text = self.arguments[index] if index < len(self.arguments) else ""
        if text == "" and default is not None:
            return default
        if not text.isdecimal():
            raise RefusedError(50)
        return int(text)


def parse(line: str, inline_data: dict[str, int]) -> list[Request]:
    """The requests of one line, which starts with AT; RefusedError if the line makes no sense.

    `inline_data`: commands whose argument of that index is data up to the end of the line, whatever
    characters it has.
    """
    if line[:2].upper() != "AT":
        raise RefusedError
    requests = []
    position = 2
    while position < len(line):
        if match := EXTENDED.match(line, position):
            name, form, text = match[1].upper(), match[2] or "", match[3]
            position = match.end()
            if name in inline_data and form == "=":
                text = line[match.start(3) :]
                arguments = text.split(",", inline_data[name])
                position = len(line)
            elif text and form != "=":
                raise RefusedError
            else:
                arguments = next(csv.reader([text])) if text else []
            requests.append(Request(name, form, text, arguments))
        elif match := BASIC.match(line, position):
            requests.append(Request(match[1].upper(), "", match[2], [match[2]]))
            position = match.end()
        else:
            raise RefusedError
    return requests
