"""Quectel BC26: power, boot, serial port and radio.  What the commands do is in the files beside this.

Sources: Quectel BC26 Hardware Design V1.0, BC26 AT Commands Manual V1.1, BC26 TCP/IP AT Commands Manual
V1.0; answer latency from a Quectel BC660K log (Renode issue 917).  Sleep and PSM are not modelled: the
module stays awake, and every PSM request is granted as "deactivated", which a network may do.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.simulator.buses import PinDevice, SerialDevice
from host_tools.simulator.cell import DENIED, HOME, Cell
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.modems import bc26_commands, bc26_sockets
from host_tools.simulator.modems.v250 import RefusedError, Request, parse

BROM_TEXT = (
    "F1: 0000 0000",
    "V0: 0000 0000 [0001]",
    "00: 0006 000C",
    "01: 0000 0000",
    "U0: 0000 0001 [0000]",
    "T0: 0000 00B4",
    "Leaving the BROM",
)
BROM_BAUDRATE = 115200
AUTOBAUD_RATES = (4800, 9600, 115200)
BOOT_MS = 2000
POWER_KEY_MS = 500  # pressed at least so long
RESET_MS = 50
POWER_DOWN_MS = 1020
LATENCY_MS = (20, 60)  # from a command's end to its answer
LINE_LIMIT = 4096

COMMANDS = bc26_commands.TABLE | bc26_sockets.TABLE
PSM_DEACTIVATED = "11100000"  # GPRS Timer 2 and 3, 3GPP TS 24.008 10.5.7.4 and 10.5.7.4a


@dataclass(frozen=True)
class Bc26Options:
    imei: str = "868123450012345"
    imsi: str = "460001234567890"
    iccid: str = "89860411102570012345"
    sim: bool = True
    apn: str = "cmnbiot"  # stored by an earlier life
    firmware: str = "BC26NBR01A01"
    powered: bool = True  # False: the board has a power switch, and it is off
    quoted_data: bool = True  # newer firmware quotes the data of +QIURC: "recv"
    clock_is_local: bool = True  # some firmware prints UTC with the zone behind it
    gmt_clock: bool = False  # some firmware prints 2026/01/01,08:00:00GMT+8


class Bc26(SerialDevice, PinDevice):
    """The module on its board: a UART, and the pins `power`, `pwrkey`, `reset` and `psm_eint`.

    The board drives the last three through inverting transistors, so level 1 pulls the module's pin low:
    pressed.  `power` 1 switches VBAT on.  `psm_eint` wakes from sleep, and this module never sleeps.
    A modem feels nothing of the world around the pole; its surroundings are the `cell`.
    """

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        self.queue = queue
        self.rng = rng
        self.cell = cell
        self.options = Bc26Options(**options)
        self.nvram = bc26_commands.STORED | {"+QCGDEFCONT": f'"IP","{self.options.apn}"'}
        self.settings: dict[str, list[int]] = {}
        self.sockets = bc26_sockets.SocketTable(self)
        self.echo = True
        self.knows_time = False
        self.baudrate = None
        self._powered = self.options.powered
        self._running = False  # the application runs; commands are heard
        self._life = 0  # counts boots, so that nothing planned before one happens after it
        self._on = False
        self._synchronised = False
        self._syncs_needed = 0
        self._buffer = bytearray()
        self._waiting: deque[str] = deque()
        self._busy = False
        self._levels = {"pwrkey": 0, "reset": 0}
        self._key_timer: Event | None = None
        cell.listener = self

    # -- power and reset

    @property
    def is_on(self) -> bool:
        return self._on

    def pin(self, name: str, level: int) -> None:
        if name == "power":
            self._powered = bool(level)
            if not level:
                self.switch_off()
        if name in self._levels:
            self._levels[name] = level
        if self._key_timer:
            self._key_timer.cancel()
        if self._powered and not self._on and self._levels["pwrkey"]:
            self._key_timer = self.queue.after(POWER_KEY_MS * 1000, self.boot)
        elif self._on and self._levels["reset"]:
            self._key_timer = self.queue.after(RESET_MS * 1000, self.boot)

    def power(self, on: bool) -> None:
        self._powered = on and self.options.powered
        if not on:
            self._levels = dict.fromkeys(self._levels, 0)
            self.pin("power", 0)

    def boot(self) -> None:
        """Start, or start again, from nothing."""
        self.switch_off()
        self._on = True
        self.baudrate = BROM_BAUDRATE
        for text in BROM_TEXT:
            self.line.send(text.encode() + b"\r\n")
        self.later(BOOT_MS, self._run_application)

    def switch_off(self) -> None:
        self._life += 1
        self._on = self._running = self._synchronised = self._busy = False
        self._buffer.clear()
        self._waiting.clear()
        self.sockets.forget_all()
        self.cell.detach()

    def power_down(self) -> None:
        """As AT+QPOWD: some time after the answer."""
        self.later(POWER_DOWN_MS, self.switch_off)

    def _run_application(self) -> None:
        self._running = True
        self.baudrate = None
        self.echo = True
        self.knows_time = False
        self.settings = bc26_commands.default_settings()
        self._syncs_needed = self.rng.randint(2, 3)  # the manual's own logs need two or three
        if self.options.sim:
            self.cell.attach()

    def later(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Run `action` then, unless the module is switched off or rebooted before."""
        life = self._life
        self.queue.after(delay_ms * 1000, lambda: action() if life == self._life else None)

    # -- serial port

    def receive(self, data: bytes) -> None:
        if not self._running:
            return
        if self.echo and self._synchronised:
            self.line.send(data)
        for byte in data:
            if byte == ord("\r"):
                line = self._buffer.decode("latin-1").strip()
                self._buffer.clear()
                self._hear(line)
            elif len(self._buffer) < LINE_LIMIT:
                self._buffer.append(byte)

    def _hear(self, line: str) -> None:
        if not self._synchronised:
            self._measure_rate(line)
        elif line:
            self._waiting.append(line)
            self._next_line()

    def _measure_rate(self, line: str) -> None:
        """Autobaud: the first ATs are spent on measuring."""
        if line.upper() != "AT" or self.line.board_baudrate not in AUTOBAUD_RATES:
            return
        self._syncs_needed -= 1
        if self._syncs_needed == 0:
            self._synchronised = True
            self.baudrate = self.line.board_baudrate
            self.line.send(b"AT\r")
            self._hear("AT")
            self.later(300, lambda: self.urc("+CFUN: 1"))
            if self.options.sim:
                self.later(500, lambda: self.urc("+CPIN: READY"))

    def _next_line(self) -> None:
        if self._waiting and not self._busy:
            self._busy = True
            line = self._waiting.popleft()
            self.later(self.rng.randint(*LATENCY_MS), lambda: self._execute(line))

    def _execute(self, line: str) -> None:
        """Run the commands of a line, up to the first that fails, and answer."""
        delay_ms = 0
        try:
            for request in parse(line, bc26_sockets.INLINE_DATA):
                answer = self._handle(request)
                if isinstance(answer, int):
                    delay_ms += answer
                else:
                    for text in answer:
                        self._say(text)
        except RefusedError as refusal:
            self._finish(bc26_commands.error_text(self.settings["+CMEE"][0], refusal.code))
            return
        self.later(delay_ms, lambda: self._finish("OK"))

    def _handle(self, request: Request) -> list[str] | int:
        handler = COMMANDS.get(request.name + request.form)
        if handler is None:
            raise RefusedError(4)  # operation not supported
        return handler(self, request)

    def _finish(self, result: str) -> None:
        self._say(result)
        self._busy = False
        self._next_line()

    def _say(self, text: str) -> None:
        self.line.send(b"\r\n" + text.encode("latin-1") + b"\r\n")

    def urc(self, text: str) -> None:
        """Say something unasked; lost until the baud rate is known."""
        if self._synchronised:
            self._say(text)

    # -- radio

    def on_registration(self) -> None:
        home = self.cell.stat == HOME
        if home and self.cell.utc() is not None:
            self.knows_time = True
        if self._running and self.settings["+CEREG"][0]:
            self.urc("+CEREG: " + self.registration())
        if home:
            self.later(200, lambda: self.urc("+IP: " + self.cell.options.address))

    def on_rrc(self) -> None:
        if self._running and self.settings["+CSCON"][0]:
            self.urc(f"+CSCON: {int(self.cell.connected)}")

    def on_datagram(self, port: int, data: bytes) -> None:
        self.sockets.arrive(port, data)

    def registration(self) -> str:
        """What follows `+CEREG: ` in the URC, as detailed as the setting wants it."""
        detail, cell, stat = self.settings["+CEREG"][0], self.cell, self.cell.stat
        text = str(stat)
        if detail >= 2 and stat in (HOME, DENIED):
            text += f',"{cell.options.tracking_area:04X}","{cell.options.cell_id:08X}",9'
        if detail in (3, 5) and stat == DENIED:
            text += f",0,{cell.reject_cause}"
        if detail >= 4 and stat == HOME and self.nvram["+CPSMS"].startswith("1"):
            text += f',,,"{PSM_DEACTIVATED}","{PSM_DEACTIVATED}"'
        return text
