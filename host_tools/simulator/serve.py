"""Boards in wall time, with serial ports that real tools can open."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.boards import Board
from host_tools.simulator.auto_reset import AutoReset
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.internet import LoopbackInternet
from host_tools.simulator.kernel import EventQueue, WallClock
from host_tools.simulator.ports import Rfc2217Port

if os.name == "posix":
    from host_tools.simulator.pty_port import PtyPort

POWER_OFF_S = 3  # how long a board may take to end
NUDGE_AFTER_S = 0.1  # a program that calls nothing for so long is made to, when something has come in


@dataclass(frozen=True)
class Addresses:
    """Where the tools find a board; `pty` is None where the system has no pseudo-terminals."""

    serial: str
    pty: str | None


class ServedBoard:
    """A board on its own thread, from power-on until `close`."""

    def __init__(
        self,
        board: Board,
        options: BoardOptions,
        report: Callable[[str], None],
        prepare: Callable[[SimulatedBoard], None] = lambda _: None,
        port: int = 0,
    ):
        """prepare: called before power-on, to fill the flash.  port: of RFC 2217; 0 is any that is free."""
        self._queue = EventQueue(WallClock())
        self.simulated = SimulatedBoard(board, self._queue, LoopbackInternet(self._queue), options, report)
        prepare(self.simulated)
        chip = self.simulated.chip
        reset = AutoReset(chip.hold_in_reset, chip.release_reset, self._queue.after)
        self._thread = threading.Thread(target=self.simulated.run, name=board.name, daemon=True)
        self._serial = Rfc2217Port(
            on_bytes=self._hand_in(chip.console_in),
            on_lines=self._hand_in(reset.lines),
            on_baudrate=lambda _: None,  # the console is USB: it has no baud rate
            port=port,
        )
        chip.console.listeners.append(self._serial.write)
        self._pty = PtyPort(self._hand_in(chip.console_in)) if os.name == "posix" else None
        if self._pty:
            chip.console.listeners.append(self._pty.write)
        self.addresses = Addresses(self._serial.url, self._pty.path if self._pty else None)
        self._thread.start()

    def close(self) -> None:
        """Power off, and close the ports."""
        self._queue.inject(self.simulated.power_off)
        self._serial.close()  # first: a board that waits for its client to read is let go
        self._nudge_until(self._thread.join)
        if self._pty and not self._thread.is_alive():
            self._pty.close()

    def _hand_in(self, action: Callable[..., None]) -> Callable[..., None]:
        """For the ports' threads: `action(...)` on the board's thread; returns when that begins."""

        def hand_in(*args) -> None:
            begun = threading.Event()

            def run() -> None:
                begun.set()  # first: a reset does not return
                action(*args)

            self._queue.inject(run)
            self._nudge_until(begun.wait)

        return hand_in

    def _nudge_until(self, wait: Callable[[float], bool | None]) -> None:
        """`wait(seconds)` waits for something that the board's thread does, and says whether it has."""
        for _ in range(round(POWER_OFF_S / NUDGE_AFTER_S)):
            if not self._thread.is_alive() or wait(NUDGE_AFTER_S):
                return
            self.simulated.chip.nudge()
