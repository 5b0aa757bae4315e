"""A product that sleeps, in virtual time: when it woke, when it used its modem, and what the server has."""

from contextlib import contextmanager

from host_tools.boards import load_board
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.chip.sleep import DEEP
from host_tools.simulator.simulation import START_UNIX, Stage

HOUR_S = 3600
CTRL_C = b"\x03"


class SleeperBench(Stage):
    """Schedule with `at`, then `run` once; times are virtual seconds since power-on.

    `wakes`: when deep sleeps ended; `turns`: when the modem's UART was first used after `QUIET_S` of silence.
    """

    QUIET_S = 130  # longer than between two tries of one message

    def __init__(self, product, **options):
        """options: of BoardOptions."""
        super().__init__(load_board(product), BoardOptions(start_unix=START_UNIX, **options))
        self.world = self.simulated.world
        self.world.cover.quiet = True
        self.world.water.force(0)
        self.wakes = []
        self.turns = []
        self._heard_s = -self.QUIET_S
        self._console = bytearray()
        chip = self.simulated.chip
        chip.console.listeners.append(self._console.extend)
        self._asleep = False
        chip.sleep_observers.append(self._slept)
        self.simulated.modem.line.taps.append(self._heard)

    @property
    def now_s(self):
        return self.queue.now_us / 1e6

    @property
    def console(self):
        return self._console.decode()

    def at(self, time_s, action):
        self.queue.at(round(time_s * 1e6), action)

    def run(self, hours):
        self.play(round(hours * HOUR_S))
        self.wakes = [wake for wake in self.wakes if wake < self.now_s]  # the end is not one
        return self

    def arrived(self, name=None):
        """(when it was taken, values or one of them) of the product's reports, as they came to the server."""
        return [
            (round(report.time.timestamp() - START_UNIX), report.points[name] if name else report.points)
            for report in self.reports
        ]

    def _slept(self, kind):
        if kind == DEEP:
            self._asleep = True
        elif self._asleep:
            self._asleep = False
            self.wakes.append(self.now_s)

    def _heard(self, direction, _data):
        if direction == ">":
            if self.now_s - self._heard_s >= self.QUIET_S:
                self.turns.append(self.now_s)
            self._heard_s = self.now_s


@contextmanager
def sleeper(product="manhole_cover", **options):
    bench = SleeperBench(product, **options)
    try:
        yield bench
    finally:
        bench.store.close()
