"""A terminal on the UART of any modem model, and the player of transcripts."""

import random
import re

from host_tools.simulator.buses import SerialLine
from host_tools.simulator.cell import Cell, CellOptions
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue

OK = "\r\nOK\r\n"
SERVER = ("203.0.113.10", 5683)
KEY_S = 0.6  # long enough to start every module that has a key


class Port:
    """The module `model`, its cell, and what it says."""

    def __init__(self, model, seed=1, rate=115200, cell=None, **module):
        self.queue = EventQueue()
        self.internet = VirtualInternet(self.queue)
        self.cell = Cell(self.queue, random.Random(seed), self.internet, CellOptions(**cell or {}))
        self.module = model(self.queue, None, random.Random(seed + 1), self.cell, **module)
        self.heard = bytearray()
        self.line = SerialLine(self.queue, self.module, self._hear)
        self.line.board_baudrate = rate

    def _hear(self, data):
        self.heard += data

    def wait(self, seconds):
        """What the module says in that time."""
        self.queue.run_until(self.queue.now_us + int(seconds * 1_000_000))
        said, self.heard = bytes(self.heard), bytearray()
        return said

    def wait_for(self, text, seconds=120):
        """What the module says up to `text` and a little after; fails if it does not say it."""
        wanted, deadline_us = text.encode("latin-1"), self.queue.now_us + int(seconds * 1_000_000)
        self.queue.run_until(deadline_us, lambda: wanted in self.heard)
        assert wanted in self.heard, f"no {text} in {bytes(self.heard)}"
        return self.wait(0.01).decode("latin-1")

    def press(self, pin, seconds):
        self.module.pin(pin, 1)
        said = self.wait(seconds)
        self.module.pin(pin, 0)
        return said

    def ask(self, text, seconds=0.2):
        """Type a command; what the module says in that time."""
        self.line.from_board(text.encode("latin-1") + b"\r")
        return self.wait(seconds).decode("latin-1")

    def answers(self):
        """Whether the module answers AT."""
        return "OK" in self.ask("AT", 1.5)

    def boot(self):
        """From off to a module that answers, however it is started."""
        self.module.pin("power", 1)
        if self.module.dialect.power_key_ms is not None:
            self.press("pwrkey", KEY_S)
        self.wait(4)
        for _ in range(3):
            self.ask("AT", 1)
        return self


def play(port, text):
    """Play a transcript: what the host says is sent, what the module says must come, and nothing else.

    Lines: `>> ` from the host; `=> OK` behind it is the module's answer; `?? ` from the host, again and again
    until the answer is OK; `<< ` from the module, in any order up to the next line of another kind; `!! pin
    seconds` presses a pin so long; `.. seconds` waits.  `<name>` stands for any value without comma, HEX60
    for a datagram; `# ` begins a line of comment, or with two spaces before it the comment on a line.
    """
    wanted = []
    for raw in text.splitlines():
        line = re.sub("  # .*|^# .*", "", raw).rstrip()
        kind, rest = line[:2], line[3:]
        if kind == "<<":
            wanted.append(rest)
        elif line:
            _expect(port, wanted)
            wanted = STEPS[kind](port, rest)
    _expect(port, wanted)


def _say(port, rest):
    command, _, answer = rest.partition("  => ")
    port.line.from_board(command.replace("HEX60", HEX60).encode() + b"\r")
    return [answer] if answer else []


def _say_until_heard(port, rest, tries=30):
    for _ in range(tries):
        port.line.from_board(rest.encode() + b"\r")
        _run(port, 0.3, lambda: b"OK\r\n" in port.heard)
        if b"OK\r\n" in port.heard:
            break
    port.heard[:] = port.heard.partition(b"OK\r\n")[2]
    return []


def _press(port, rest):
    pin, seconds = rest.split()
    port.module.pin(pin, 1)
    _run(port, float(seconds))
    port.module.pin(pin, 0)
    return []


def _pass(port, rest):
    _run(port, float(rest))
    return []


STEPS = {">>": _say, "??": _say_until_heard, "!!": _press, "..": _pass}


def _run(port, seconds, done=lambda: False):
    port.queue.run_until(port.queue.now_us + int(seconds * 1_000_000), done)


def _expect(port, wanted, seconds=150):
    """Wait until each wanted line has come; fails at any other line."""
    wanted = {text: re.compile(re.sub(r"<\w+>", '[^,"]+', re.escape(text))) for text in wanted}
    while wanted:
        line = _line(port, seconds)
        assert line is not None, f"{port.queue.now_us} us: no {list(wanted)}"
        found = next((text for text, pattern in wanted.items() if pattern.fullmatch(line)), None)
        assert found, f"{port.queue.now_us} us: {line!r} instead of {list(wanted)}"
        del wanted[found]


def _line(port, seconds):
    """The next line that is not empty, without spaces behind it; None if none comes."""
    ended = re.compile(rb"[\r\n]*([^\r\n]+)[\r\n]")
    _run(port, seconds, lambda: ended.match(port.heard))
    match = ended.match(bytes(port.heard))
    if match is None:
        return None
    port.heard[:] = port.heard[match.end() :]
    return match[1].decode("latin-1").rstrip()


HEX60 = b'{"id":"SL000123","seq":17,"v":[231,210,42],"rsrp":-84,"f":0}'.hex().upper()


def acknowledging(port):
    """A server that answers the n-th datagram with ACK,000n."""
    count = iter(range(1, 10_000))
    port.internet.serve(SERVER, lambda _data, _source: [b"ACK,%04d" % next(count)])
    return port
