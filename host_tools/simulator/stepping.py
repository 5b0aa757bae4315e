"""A board that runs when it is told to, and for as long: for tests that look, act, and go on.

The board has a thread of its own, because its program cannot be left in the middle of a call.  But board
and test never run at the same time: one hands the baton to the other.  While the test has it, it may look
at anything on the board and change it.
"""

import threading

from host_tools.simulator.board import SimulatedBoard
from host_tools.simulator.chip.resets import PowerOff
from host_tools.simulator.kernel import VirtualClock


class SteppedClock(VirtualClock):
    """Virtual time that stops at `limit_us`, until it is moved."""

    def __init__(self) -> None:
        self.limit_us = 0
        self.ending = False
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)

    def wait(self, now_us: int, until_us: int | None) -> int:
        """On the board's thread: where time goes next."""
        if now_us >= self.limit_us:
            self.hand_over()
            self._go.acquire()
            if self.ending:
                raise PowerOff
            return now_us  # the test may have put something in front of `until_us`
        return self.limit_us if until_us is None else min(until_us, self.limit_us)

    def hand_over(self) -> None:
        """On the board's thread: it is the test's turn."""
        self._stopped.release()

    def take_turns(self) -> None:
        """On the test's thread: it is the board's turn, until it hands over."""
        self._go.release()
        self.await_turn()

    def await_turn(self) -> None:
        """On the test's thread: wait until the board hands over."""
        self._stopped.acquire()


class SteppedBoard:
    """Runs `simulated`, whose queue has a SteppedClock, from power-on; the test has the baton first."""

    def __init__(self, simulated: SimulatedBoard):
        self.simulated = simulated
        self._clock = simulated.queue.clock
        self._failure: BaseException | None = None
        self._running = True
        self._thread = threading.Thread(target=self._run, name=simulated.board.name, daemon=True)
        self._thread.start()
        self._clock.await_turn()

    def advance(self, duration_us: int) -> None:
        """Let the board live for so long.  Raises what broke the simulation, if anything did."""
        if not self._running:
            raise RuntimeError("the board is off")
        self._clock.limit_us = self.simulated.queue.now_us + duration_us
        self._clock.take_turns()
        if self._failure:
            raise self._failure

    def close(self) -> None:
        if self._running:
            self._clock.ending = True
            self._clock.take_turns()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._clock.wait(0, None)
            self.simulated.run()
        except PowerOff:
            pass
        except BaseException as error:  # it belongs to the test, not to this thread
            self._failure = error
        finally:
            self._running = False
            self._clock.hand_over()
