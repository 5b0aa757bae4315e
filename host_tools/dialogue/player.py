"""A modem that says what was recorded: for the regressions of drivers."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from host_tools.dialogue.record import FROM_BOARD, DialogueError, Record, escape
from host_tools.simulator.buses import PinDevice, SerialDevice
from host_tools.simulator.kernel import EventQueue


@dataclass
class Turn:
    """What the board said at a time, and what the modem said from then on until the board's next words."""

    time_us: int
    said: bytes
    answers: list[tuple[int, bytes]] = field(default_factory=list)  # microseconds after `said`, bytes


class Player(SerialDevice, PinDevice):
    """Says the modem's part of a dialogue; the board has to say its own, byte for byte, in the same order.

    The modem's words come as long after the board's as they did when they were recorded.  What pins do is
    not recorded, and has no effect.
    """

    baudrate = None

    def __init__(self, queue: EventQueue, records: Iterable[Record]):
        """Before the board says a word, the modem says what it said before it, counted from now."""
        self._queue = queue
        self._heard = bytearray()
        first, *rest = _turns(records)
        self._turns = deque(rest)
        queue.after(0, lambda: self._answer(first))

    @property
    def finished(self) -> bool:
        """The board has said all that it said in the recording."""
        return not self._turns and not self._heard

    def receive(self, data: bytes) -> None:
        """Raises DialogueError when the board says something else than it did."""
        self._heard += data
        while self._turns and self._heard.startswith(self._turns[0].said):
            turn = self._turns.popleft()
            self._heard = self._heard[len(turn.said) :]
            self._answer(turn)
        if self._heard and not (self._turns and self._turns[0].said.startswith(self._heard)):
            raise DialogueError(self._difference())

    def _answer(self, turn: Turn) -> None:
        for delay_us, data in turn.answers:
            self._queue.after(delay_us, lambda data=data: self.line.send(data))

    def _difference(self) -> str:
        said = f"the board says {escape(bytes(self._heard))!r}"
        if not self._turns:
            return f"{said} after the end of the recording"
        turn = self._turns[0]
        return f"{said}, at {turn.time_us / 1e6:.6f} s of the recording it is {escape(turn.said)!r}"


def _turns(records: Iterable[Record]) -> list[Turn]:
    """The first is what the modem says before the board's first words."""
    turns = [Turn(0, b"")]
    for record in records:
        if record.direction == FROM_BOARD:
            turns.append(Turn(record.time_us, record.data))
        else:
            turns[-1].answers.append((record.time_us - turns[-1].time_us, record.data))
    return turns
