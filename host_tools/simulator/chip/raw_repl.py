"""The raw REPL, through which tools run programs: plain raw mode, and raw-paste mode with flow control.

The protocol is described in MicroPython's reference, "The MicroPython Interactive Interpreter Mode".  The VM
has a raw REPL too, but its raw-paste mode spins where it should wait for input.
"""

from collections.abc import Callable
from enum import Enum

from host_tools.simulator.chip.console import INTERRUPT, Console

RAW, FRIENDLY, END, PASTE = 1, 2, 4, 5  # Ctrl-A, Ctrl-B, Ctrl-D, Ctrl-E
TITLE = b"raw REPL; CTRL-B to exit\r\n"
PROMPT = b">"
PASTE_REQUEST = bytes([PASTE]) + b"A"  # before a Ctrl-A, which would otherwise start the line anew
PASTE_ACCEPTED, REQUEST_NOT_KNOWN = b"R\x01", b"R\x00"
WINDOW = 128  # bytes that a tool may send for each WINDOW_FREE, as on an ESP32
WINDOW_FREE = b"\x01"
END_OF_PART = bytes([END])  # of pasted source, of the program's output, and of its traceback
ABORTED = "KeyboardInterrupt: \n"


class Outcome(Enum):
    """How a program ended."""

    DONE = "it came to its end"
    FAILED = "an exception"
    SOFT_RESET = "it asks for a soft reset, by SystemExit"


class RawRepl:
    def __init__(
        self, console: Console, next_byte: Callable[[], int], run: Callable[[str], tuple[Outcome, str]]
    ):
        """next_byte: waits for input.  run: runs a source; returns how it ended, and its traceback."""
        self._console = console
        self._next_byte = next_byte
        self._run = run

    def serve(self) -> bool:
        """From the prompt on, until Ctrl-B; True when a soft reset is asked for."""
        line = bytearray()
        while (byte := self._next_byte()) != FRIENDLY:
            if byte not in (RAW, INTERRUPT, END):
                line.append(byte)
                continue
            if (byte == END and self._end_of(line)) or (byte == RAW and self._start_after(line)):
                return True
            line.clear()
        return False

    def greet(self) -> None:
        self._console.write(TITLE + PROMPT)

    def _end_of(self, line: bytearray) -> bool:
        """Ctrl-D: `line` is a program; without one it asks for a soft reset."""
        self._console.write(b"OK")
        if not line:
            self._console.write(b"\r\n")
            return True
        return self._execute(line)

    def _start_after(self, line: bytearray) -> bool:
        """Ctrl-A: drops `line`, unless that asks for another mode."""
        if len(line) != 2 or line[0] != PASTE:
            self.greet()
            return False
        if line != PASTE_REQUEST:
            self._console.write(REQUEST_NOT_KNOWN + PROMPT)
            return False
        self._console.write(PASTE_ACCEPTED + WINDOW.to_bytes(2, "little") + WINDOW_FREE)
        source = self._pasted()
        self._console.write(END_OF_PART)
        return self._execute(source)

    def _pasted(self) -> bytearray | None:
        """Source up to Ctrl-D; None when Ctrl-C breaks it off."""
        source = bytearray()
        while (byte := self._next_byte()) not in (INTERRUPT, END):
            source.append(byte)
            if len(source) % WINDOW == 0:
                self._console.write(WINDOW_FREE)
        return None if byte == INTERRUPT else source

    def _execute(self, source: bytearray | None) -> bool:
        """True when the program asks for a soft reset."""
        outcome, traceback = Outcome.FAILED, ABORTED
        if source is not None:
            outcome, traceback = self._run(source.decode(errors="surrogateescape"))
        self._console.write(END_OF_PART)
        self._console.print(traceback.encode())
        self._console.write(END_OF_PART)
        if outcome is not Outcome.SOFT_RESET:
            self._console.write(PROMPT)
        return outcome is Outcome.SOFT_RESET
