"""Tracebacks as a chip shows them: without the lines of modules that are Python only in the simulator."""

import re
from collections.abc import Iterable

FRAME = '  File "'
NAME = re.compile(f'{FRAME}([^"]*)"')


class Tracebacks:
    def __init__(self, hidden: Iterable[str]):
        """hidden: names of source files, as tracebacks show them."""
        self._hidden = frozenset(hidden)
        self._held = self._skipping = False

    def shown(self, text: str) -> str:
        """What remains of a whole traceback."""
        return "".join(line for line in text.splitlines(keepends=True) if not self._is_hidden(line))

    def _is_hidden(self, line: str) -> bool:
        match = NAME.match(line)
        return bool(match) and match[1] in self._hidden

    def printed(self, data: bytes) -> bytes:
        """What remains of the VM's next piece of output: it prints the parts of a line one by one."""
        if not data:
            return data
        if self._skipping:
            self._skipping = not data.endswith(b"\n")
            return b""
        if self._held:  # FRAME, and now comes the name
            self._held = False
            self._skipping = data.decode(errors="replace") in self._hidden
            return b"" if self._skipping else FRAME.encode() + data
        self._held = data == FRAME.encode()
        return b"" if self._held else data
