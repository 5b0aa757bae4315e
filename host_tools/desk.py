"""What the pytest plugin's fixtures are: a simulated node with everything that a test wants to touch."""

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from host_tools.boards import load_board, schemas_with
from host_tools.collector.commands import queue_command
from host_tools.collector.core import Collector, DecodedEvent, DecodedReport
from host_tools.collector.payload import EPOCH_UNIX_S, Result
from host_tools.collector.store import Store
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.internet import Address, VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.simulation import SERVER, START_UNIX, load_flash, provisioned
from host_tools.simulator.stepping import SteppedBoard, SteppedClock

STEP_S = 0.1  # how closely waits look
COMMAND_DEADLINE_S = 3600


class Desk:
    """One simulated node; its parts are the plugin's fixtures."""

    def __init__(
        self,
        product: str,
        folder: Path,
        seed: int = 0,
        provision: bool = True,
        blank: bool = False,
        report_s: int | None = None,
        plaintext: bool = False,
        **cell: object,
    ):
        """blank: erased flash.  report_s: None is the board's period.  plaintext: node and collector speak
        without protection.  cell: fields of CellOptions.
        """
        board = load_board(product)
        queue = EventQueue(SteppedClock())
        internet = VirtualInternet(queue)
        network = CellOptions(**{"utc_at_start": START_UNIX - EPOCH_UNIX_S, **cell})
        options = BoardOptions(seed, start_unix=START_UNIX, cell=network)
        self.simulated = SimulatedBoard(board, queue, internet, options)
        self._store = Store(folder / "collector.db")
        identity = provisioned(self.simulated, self._store, SERVER, report_s, plaintext)
        if not blank:
            load_flash(self.simulated, identity if provision else None)
        self._stepped = SteppedBoard(self.simulated)
        self.clock = DeskClock(self._stepped)
        self.serial = SimulatedConsole(self.simulated, self.clock)
        core = Collector(
            self._store,
            schemas_with(board),
            lambda: START_UNIX + self.clock.now_s,
            plaintext,
            self.simulated.rng("collector").randbytes,
        )
        self.collector = DeskCollector(core, self._store, identity.node, self.clock, internet)
        self.faults = Faults(self.simulated)
        # By name, so that a test may put a server of its own in the collector's place.
        internet.serve(SERVER, lambda data, source: self.collector.datagram(data, source))

    def close(self) -> None:
        self._stepped.close()
        self._store.close()


class DeskClock:
    """The node's virtual time; it moves only when the test moves it."""

    def __init__(self, stepped: SteppedBoard):
        self._stepped = stepped

    @property
    def now_s(self) -> float:
        """Seconds since power-on."""
        return self._stepped.simulated.queue.now_us / 1e6

    def advance(self, seconds: float) -> None:
        self._stepped.advance(round(seconds * 1e6))

    def advance_until(self, happened: Callable[[], bool], within_s: float, what: str) -> None:
        """Advance in small steps; AssertionError with `what` if it has not happened in time."""
        ends_s = self.now_s + within_s
        while not happened():
            assert self.now_s < ends_s, (
                f"no {what} within {within_s:g} s of virtual time, at {self.now_s:.1f} s"
            )
            self.advance(STEP_S)


class Console:
    """What a node prints and is told; how time passes is the subclass's matter."""

    text = ""

    def expect(self, wanted: str, within_s: float = 30) -> str:
        """Wait until `wanted` has been printed since the last call; returns what was printed up to there."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        raise NotImplementedError


class SimulatedConsole(Console):
    def __init__(self, simulated: SimulatedBoard, clock: DeskClock):
        self._chip = simulated.chip
        self._clock = clock
        self._seen = 0
        self._chip.console.listeners.append(self._take)

    def _take(self, data: bytes) -> None:
        self.text += data.decode(errors="replace")

    def write(self, data: bytes) -> None:
        """Type `data`; the node hears it when time moves on."""
        self._chip.queue.after(0, lambda: self._chip.console_in(data))

    def expect(self, wanted: str, within_s: float = 30) -> str:
        self._clock.advance_until(lambda: wanted in self.text[self._seen :], within_s, repr(wanted))
        start, self._seen = self._seen, self.text.index(wanted, self._seen) + len(wanted)
        return self.text[start : self._seen]


class SerialConsole(Console):
    """A real port, in real time."""

    def __init__(self, port: str):
        import serial

        self._line = serial.serial_for_url(port, baudrate=115200, timeout=STEP_S, do_not_open=True)
        self._line.dtr = self._line.rts = False  # asserted, they would reset the board
        self._line.open()
        self._seen = 0

    def write(self, data: bytes) -> None:
        self._line.write(data)

    def expect(self, wanted: str, within_s: float = 30) -> str:
        ends = time.monotonic() + within_s
        while wanted not in self.text[self._seen :]:
            assert time.monotonic() < ends, f"no {wanted!r} within {within_s:g} s"
            self.text += self._line.read(max(1, self._line.in_waiting)).decode(errors="replace")
        start, self._seen = self._seen, self.text.index(wanted, self._seen) + len(wanted)
        return self.text[start : self._seen]

    def close(self) -> None:
        self._line.close()


class DeskCollector:
    """The server that the node reports to; `online` False: it cannot be reached."""

    def __init__(self, core: Collector, store: Store, node: str, clock: DeskClock, internet: VirtualInternet):
        self.node = node
        self.reports: list[DecodedReport] = []
        self.health: list[DecodedReport] = []
        self.events: list[DecodedEvent] = []
        self.online = True
        self._core = core
        self._store = store
        self._clock = clock
        self._internet = internet
        core.on_report.append(self.reports.append)
        core.on_health.append(self.health.append)
        core.on_event.append(self.events.append)

    def datagram(self, data: bytes, source: Address) -> list[bytes]:
        return self._core.datagram(data, source) if self.online else []

    def wait_report(
        self, where: Callable[[dict], bool] = lambda points: True, within_s: float = 180
    ) -> DecodedReport:
        """The next new report whose points are as wanted."""
        known = len(self.reports)

        def found() -> bool:
            return any(where(report.points) for report in self.reports[known:])

        self._clock.advance_until(found, within_s, "such report")
        return next(report for report in self.reports[known:] if where(report.points))

    def wait_event(
        self, code: int, where: Callable[[list], bool] = lambda data: True, within_s: float = 180
    ) -> DecodedEvent:
        """The next new event with that code of protocols/message_numbers.py, and data as wanted."""
        known = len(self.events)

        def found() -> list[DecodedEvent]:
            return [event for event in self.events[known:] if event.code == code and where(event.data)]

        self._clock.advance_until(lambda: bool(found()), within_s, "such event")
        return found()[0]

    def command(self, name: str, *arguments: int | str, within_s: float = 180) -> Result:
        """Send a command; what the node answers."""
        now = START_UNIX + self._clock.now_s
        number = queue_command(self._store, self.node, name, list(arguments), COMMAND_DEADLINE_S, lambda: now)
        self._internet.knock(SERVER, lambda: self._core.knocks() if self.online else [])
        self._clock.advance_until(lambda: self._store.result(number) is not None, within_s, "result")
        return self._store.result(number)


class Faults:
    """Trouble, by name; it lasts until it is taken back.  ValueError: the board has no such part."""

    def __init__(self, simulated: SimulatedBoard):
        self._simulated = simulated

    def silence(self, part: str, silent: bool = True) -> None:
        """The serial part called `part` in the board file does not answer."""
        self._faults_of(part).silent = silent

    def corrupt(self, part: str, replies: int = 1) -> None:
        """So many of its next replies have a wrong bit."""
        self._faults_of(part).corrupt_next = replies

    def coverage(self, present: bool) -> None:
        self._simulated.cell.coverage = present

    def reboot_modem(self) -> None:
        """The modem starts again by itself."""
        self._simulated.modem.boot()

    def cut_power(self, seconds: float = 1) -> None:
        """The whole board is without supply, from the moment at which time moves on."""
        self._at_once(lambda: self._simulated.chip.cut_power(round(seconds * 1e6)))

    def brown_out(self) -> None:
        """The supply dips, so that the chip resets and the parts around it go on."""
        self._at_once(self._simulated.chip.brown_out)

    @cached_property
    def flash(self) -> FlashFaults:
        """Power cuts inside a flash operation, worn sectors, bit rot."""
        return FlashFaults(self._simulated.flash, self._simulated.rng("flash faults"))

    def mains(self, outage_s: float) -> None:
        """The mains goes for so long; a board with a mains monitor lives on its capacitor meanwhile."""
        self._at_once(lambda: self._simulated.world.fail_mains(round(outage_s * 1e6)))

    def _faults_of(self, name: str) -> ReplyFaults:
        able = {
            part: model.faults for part, model in self._simulated.parts.items() if hasattr(model, "faults")
        }
        if name not in able:
            raise ValueError(
                f"no part {name!r} that can fail; {self._simulated.board.name} has {', '.join(able)}"
            )
        return able[name]

    def _at_once(self, fault: Callable[[], None]) -> None:
        self._simulated.queue.after(0, fault)
