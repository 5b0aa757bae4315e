"""One smart pole in virtual time, its network and a real collector, for tests that look at all of them.

Node and collector speak without protection, so that a test can read the messages and make answers of its
own; tests that need neither use the pytest plugin's fixtures, where everything is under OSCORE.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from host_tools.boards import Board, load_board
from host_tools.build.firmware_files import board_module
from host_tools.collector.commands import queue_command
from host_tools.collector.core import Collector, DecodedReport
from host_tools.collector.payload import EPOCH_UNIX_S, Result, Uplink, decode_uplink
from host_tools.collector.store import Store
from host_tools.mpy import compile_text
from host_tools.provisioning.identity import NVS_KEY, NVS_NAMESPACE
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.cell import CellOptions
from host_tools.simulator.internet import Address, VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.simulation import (
    SERVER,
    START_UNIX,
    load_flash,
    nvs_of,
    provisioned,
    schemas_with,
)
from host_tools.simulator.world import World
from protocols.coap.message import Message, decode
from protocols.coap.numbers import ACK

START = START_UNIX - EPOCH_UNIX_S  # the true time at power-on, in seconds since 2020
PERIOD_S = 60  # as the board file has it
CTRL_C = b"\x03"


class PoleBench:
    """Schedule with `at` and the like, then `run` once; times are virtual seconds since power-on.

    `answer` is the server: the collector, unless a test replaces it.  `uplinks` holds each message that
    came to it, repeated ones too; `reports` and `arrived_s` what the collector stored, as it came.
    """

    def __init__(
        self,
        folder: Path,
        cell: CellOptions | None = None,
        files: Mapping[str, bytes] = {},
        told: bytes | None = None,
        report_s: int | None = None,
        product: Board | None = None,
    ):
        """files: path on the node -> content.  told: what NVS holds in place of the provisioning."""
        product = product or load_board("smart_pole")
        self.queue = EventQueue()
        self._internet = VirtualInternet(self.queue)
        options = BoardOptions(start_unix=START_UNIX, cell=cell or CellOptions(utc_at_start=START))
        self.board = SimulatedBoard(product, self.queue, self._internet, options)
        self.store = Store(folder / "collector.db")
        provision = provisioned(self.board, self.store, SERVER, report_s, plaintext=True)
        self.node = provision.node
        load_flash(self.board, provision, files)
        if told is not None:
            nvs_of(self.board).put(NVS_NAMESPACE, NVS_KEY, told)
        self._console = bytearray()
        self.board.chip.console.listeners.append(self._console.extend)

        self.collector = Collector(self.store, schemas_with(product), self.unix_time, plaintext=True)
        self.collector.on_report.append(self._keep)
        self.reports: list[DecodedReport] = []
        self.arrived_s: list[float] = []
        self.uplinks: list[Uplink] = []
        self.answer: Callable[[bytes, Address], list[bytes]] = self.collector.datagram
        self._internet.serve(SERVER, self._serve)

    @property
    def now_s(self) -> float:
        return self.queue.now_us / 1e6

    def unix_time(self) -> float:
        return START_UNIX + self.now_s

    @property
    def console(self) -> str:
        """All that the node has printed."""
        return self._console.decode()

    # -- before the run

    def at(self, time_s: float, action: Callable[[], object]) -> None:
        self.queue.at(round(time_s * 1e6), action)

    def between(self, start_s: float, end_s: float, thing: object, name: str, value: object) -> None:
        """The attribute of `thing` has `value` for that time."""
        usual = getattr(thing, name)
        self.at(start_s, lambda: setattr(thing, name, value))
        self.at(end_s, lambda: setattr(thing, name, usual))

    def type(self, time_s: float, text: bytes) -> None:
        """At the node's console."""
        self.at(time_s, lambda: self.board.chip.console_in(text))

    def command(self, time_s: float, name: str, *arguments: object) -> None:
        """Queue a command at the collector; the first has id 1."""
        self.at(
            time_s,
            lambda: queue_command(self.store, self.node, name, list(arguments), 3600, self.unix_time),
        )

    def wedge_modem(self, time_s: float) -> None:
        """From then on the modem neither hears nor says anything, until its power is cut."""
        self.at(time_s, self.board.modem.faults.wedge)

    def run(self, duration_s: float) -> "PoleBench":
        """Power on, and off again after `duration_s`."""
        self.at(duration_s, self.board.power_off)
        self.board.run()
        return self

    # -- after it

    def result(self, command_id: int) -> Result | None:
        return self.store.result(command_id)

    def numbers(self) -> list[int]:
        """The sequence numbers of all that the collector has stored; fails if it has one twice."""
        stored = [*self.store.reports(self.node), *self.store.events(self.node)]
        numbers = sorted(record.seq for record in stored)
        assert sorted(set(numbers)) == numbers
        return numbers

    def in_order(self) -> list[DecodedReport]:
        """The reports of the product's points as they were taken."""
        assert self.numbers()
        return sorted(self.reports, key=lambda report: report.seq)

    def by_period(self, period_s: int = PERIOD_S) -> dict[int, DecodedReport]:
        """The same by the period since power-on in which they were taken; fails if there are two in one."""
        periods = [round(self.taken_s(report) / period_s) for report in self.in_order()]
        assert sorted(set(periods)) == periods
        return dict(zip(periods, self.in_order(), strict=True))

    def taken_s(self, report: DecodedReport) -> float:
        """When the node says that it took the report."""
        return report.time.timestamp() - START_UNIX

    def world_at(self, time_s: float, lamp_level: float) -> World:
        """The surroundings at that moment."""
        moment = EventQueue()
        moment.now_us = round(time_s * 1e6)
        world = World(moment, self.board.rng("world"), START_UNIX)
        world.lamp_level = lamp_level
        return world

    def _serve(self, data: bytes, source: Address) -> list[bytes]:
        message = decode(data)
        if message.payload:
            self.uplinks.append(decode_uplink(message.payload))
        return self.answer(data, source)

    def _keep(self, report: DecodedReport) -> None:
        self.reports.append(report)
        self.arrived_s.append(self.now_s)


def with_application(source: str) -> dict[str, bytes]:
    """Files that give the pole an application of the test's own; tracebacks call it firmware/tried.py."""
    board = board_module(load_board("smart_pole")) + 'APPLICATION = "firmware.tried"\n'
    return {
        "/lib/board.mpy": compile_text(board, "board.py"),
        "/lib/firmware/tried.mpy": compile_text(source, "firmware/tried.py"),
    }


def silence(_data: bytes, _source: Address) -> list[bytes]:
    """A server out of reach."""
    return []


def response(request: bytes, code: int, payload: bytes = b"") -> list[bytes]:
    """The answer of a server of the test's own."""
    message = decode(request)
    return [Message(ACK, code, message.message_id, message.token, payload=payload).encode()]
