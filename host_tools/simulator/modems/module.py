"""A modem module of any make: power, boot, serial port, command queue, URCs, and what the radio tells it.

A make is a `Dialect` and the options of one copy.  Answer latency is that of a Quectel BC660K log (Renode
issue 917) unless the options say otherwise.
"""

import random
from collections import deque
from collections.abc import Callable
from typing import Any

from host_tools.simulator.buses import PinDevice, SerialDevice
from host_tools.simulator.cell import Cell
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems.dialect import Cause, Depth, Dialect, ModuleOptions, Prompt
from host_tools.simulator.modems.faults import ModemFaults
from host_tools.simulator.modems.keys import Keys
from host_tools.simulator.modems.power_saving import ask_power_saving, tell_edrx
from host_tools.simulator.modems.sleep import Sleep
from host_tools.simulator.modems.sockets import SocketTable
from host_tools.simulator.modems.v250 import RefusedError, Request, parse

NOT_SUPPORTED = 4
LINE_LIMIT = 4096


class Module(SerialDevice, PinDevice):
    """The module on its board: a UART, and the pins `power`, `pwrkey`, `reset` and those that wake it.

    The board drives all but `power` through inverting transistors, so level 1 pulls the module's pin low:
    pressed.  `power` 1 switches the supply on.  A modem feels nothing of the world around the board; its
    surroundings are the `cell`.
    """

    def __init__(
        self, queue: EventQueue, rng: random.Random, cell: Cell, dialect: Dialect, options: ModuleOptions
    ):
        self.queue = queue
        self.rng = rng
        self.cell = cell
        self.dialect = dialect
        self.options = options
        self.nvram = dialect.stored(options)
        self.settings: dict[str, int] = {}
        self.ram: dict[str, Any] = {}  # what else a make remembers until the next boot
        self.sockets = SocketTable(self)
        self.sleep = Sleep(self)
        self.faults = ModemFaults(self)
        self._keys = Keys(self)
        self.sim = options.sim
        self.sim_ready_us = 0
        self.echo = True
        self.lines_heard = 0
        self.knows_time = False
        self._was_registered = False
        self.baudrate = None
        self._powered = options.powered
        self._running = False  # the application runs; commands are heard
        self._life = 0  # counts boots, so that nothing planned before one happens after it
        self._on = False
        self.observers: list[Callable[[], None]] = []  # called when `is_on` or the depth of sleep has changed
        self._synchronised = False
        self._syncs_needed = 0
        self._cause = Cause.POWER_ON
        self._buffer = bytearray()
        self._prompt: Prompt | None = None
        self._waiting: deque[str] = deque()
        self._busy = False
        cell.listener = self
        if self._powered:
            queue.after(0, self._supply_came)

    # -- power and reset

    @property
    def is_on(self) -> bool:
        return self._on

    def tell_observers(self) -> None:
        for observer in self.observers:
            observer()

    @property
    def idle(self) -> bool:
        """The application runs, and has nothing to do."""
        return self._running and not (self._busy or self._waiting or self._prompt)

    def pressed(self, name: str) -> bool:
        return self._keys.pressed(name)

    def pin(self, name: str, level: int) -> None:
        if name == "power":
            self._supply(bool(level))
        else:
            self._keys.move(name, level)

    def obeys_keys(self) -> bool:
        return self._powered and not self.faults.wedged

    def power(self, on: bool) -> None:
        if not on:
            self._keys.release_all()
        self._supply(on and self.options.powered)

    def _supply(self, on: bool) -> None:
        if on == self._powered:
            return
        self._powered = on
        if on:
            self._supply_came()
        else:
            self._keys.forget()
            self.faults.power_cycle()
            self.switch_off()

    def _supply_came(self) -> None:
        if self._powered and not self._on:
            if self.dialect.power_key_ms is None:
                self.boot()
            else:
                self._keys.watch()

    def boot(self, cause: Cause = Cause.POWER_ON) -> None:
        """Start, or start again, from nothing."""
        self.switch_off()
        self._on = True
        self.tell_observers()
        self._cause = cause
        self.baudrate = self.dialect.boot_baudrate
        for text in self.dialect.boot_text:
            self.transmit(text.encode() + b"\r\n")
        self.later(self.dialect.boot_ms, self._run_application)

    def switch_off(self) -> None:
        self._life += 1
        self._on = self._running = self._synchronised = self._busy = False
        self._buffer.clear()
        self._prompt = None
        self._waiting.clear()
        self.sleep.stop()
        self.tell_observers()
        self.sockets.forget_all()
        self.cell.detach()

    def power_down(self) -> None:
        """By command or key: it is off some time later."""
        if self.dialect.power_off_text:
            self.urc(self.dialect.power_off_text)
        self.later(self.dialect.power_off_ms, self.switch_off)

    def _run_application(self) -> None:
        self._running = True
        self.echo = True
        self.knows_time = self._was_registered = False
        self.settings = {name: default for name, (default, _) in self.dialect.settings.items()}
        self.ram = {}
        self.sockets.forget_all()
        self.dialect.on_boot(self)
        ask_power_saving(self)
        self.baudrate = self.dialect.stored_rate(self)
        self.sleep.hold()
        self.sim_ready_us = self.queue.now_us + 1000 * self.options.sim_busy_ms
        if self.baudrate is None:
            self._syncs_needed = self.rng.randint(2, 3)  # the BC26 manual's own logs need two or three
        else:
            self._rate_known()
        if self.sim and self.dialect.attaches_at_boot(self):
            self.cell.attach()

    def later(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Run `action` then, unless the module is switched off or rebooted before."""
        life = self._life
        self.queue.after(delay_ms * 1000, lambda: action() if life == self._life else None)

    def stall(self) -> None:
        """Nothing that was planned happens any more."""
        self._life += 1

    # -- serial port: what comes

    def receive(self, data: bytes) -> None:
        if not self._running or self.faults.wedged:
            return
        data = self.sleep.admit(data)
        if self.echo and self._synchronised and not self._prompt:
            self.transmit(data)
        for byte in data:
            self._take(byte)

    def _take(self, byte: int) -> None:
        if self._prompt:
            self._buffer.append(byte)
            if len(self._buffer) == self._prompt.length:
                self._data_complete()
        elif byte == ord("\r"):
            line = self._buffer.decode("latin-1").strip()
            self._buffer.clear()
            self._hear(line)
        elif len(self._buffer) < LINE_LIMIT:
            self._buffer.append(byte)

    def _hear(self, line: str) -> None:
        if not self._synchronised:
            self._measure_rate(line)
        elif line:
            self.lines_heard += 1
            self.sleep.hold()
            self._waiting.append(line)
            self.go_on()

    def _measure_rate(self, line: str) -> None:
        """Autobaud: the first ATs are spent on measuring."""
        if line.upper() != "AT" or self.line.board_baudrate not in self.dialect.autobaud_rates:
            return
        self._syncs_needed -= 1
        if self._syncs_needed == 0:
            self.baudrate = self.line.board_baudrate
            self._rate_known()
            self.transmit(b"AT\r")
            self._hear("AT")

    def _rate_known(self) -> None:
        self._synchronised = True
        for delay_ms, text in self.dialect.ready(self, self._cause):
            self.later(delay_ms, lambda text=text: self.urc(text))

    # -- commands

    def go_on(self) -> None:
        """Begin the next command that waits, if there is one and the module is free and awake."""
        if self._waiting and not self._busy and not self._prompt and self.sleep.hears:
            self._busy = True
            line = self._waiting.popleft()
            self.later(self.rng.randint(*self.options.latency_ms), lambda: self._execute(line))

    def _execute(self, line: str) -> None:
        """Run the commands of a line, up to the first that fails, and answer."""
        lines: list[str] = []
        delay_ms = 0
        try:
            self.faults.check_command()
            for request in parse(line, self.dialect.inline_data):
                answer = self._handle(request)
                if isinstance(answer, int):
                    delay_ms += answer
                elif isinstance(answer, Prompt):
                    self._prompt = answer
                    self.transmit(b"\r\n> ")
                    return
                else:
                    lines += answer
        except RefusedError as refusal:
            self._finish(lines, self._error_text(refusal.code))
            return
        self.later(delay_ms, lambda: self._finish(lines, "OK"))

    def _handle(self, request: Request) -> list[str] | int | Prompt:
        handler = self.dialect.commands.get(request.name + request.form)
        if handler is None:
            raise RefusedError(NOT_SUPPORTED)
        return handler(self, request)

    def _data_complete(self) -> None:
        data, prompt = bytes(self._buffer), self._prompt
        self._buffer.clear()
        self._prompt = None
        try:
            self._finish(prompt.take(data), prompt.result)
        except RefusedError as refusal:
            self._finish([], self._error_text(refusal.code))

    def _finish(self, lines: list[str], result: str) -> None:
        self.transmit(self.faults.shape([f"\r\n{text}\r\n".encode("latin-1") for text in (*lines, result)]))
        self._busy = False
        self.sleep.hold()
        self.go_on()

    def _error_text(self, code: int | None) -> str:
        """The final result of a refused command under AT+CMEE (3GPP TS 27.007 9.1)."""
        level = self.settings["+CMEE"]
        if level == 0 or code is None:
            return "ERROR"
        shown = code if level == 1 else self.dialect.cme_texts.get(code, code)
        return f"+CME ERROR{self.options.error_colon}{shown}"

    # -- serial port: what goes

    def info(self, name: str, value: object) -> str:
        """A line of response or a URC: `+NAME: value`, with the make's idea of spaces."""
        return f"{name}{self.dialect.colon}{value}"

    def urc(self, text: str) -> None:
        """Say something unasked; lost until the baud rate is known, and in deep sleep."""
        if self._synchronised and self.sleep.depth != Depth.DEEP:
            self.faults.pass_urc(lambda: self.transmit(f"\r\n{text}\r\n".encode("latin-1")))

    def transmit(self, data: bytes) -> None:
        if not self.faults.mute:
            self.line.send(data)

    # -- what the cell tells

    def on_registration(self) -> None:
        if self.cell.registered and self.cell.utc() is not None:
            self.knows_time = True
        self._radio_event(self._tell_registration)

    def on_rrc(self) -> None:
        if self.cell.connected:
            self.faults.transmitter_on()
        self._radio_event(self._tell_connection)

    def on_power_save(self) -> None:
        self._radio_event(lambda: self.dialect.on_power_save(self))

    def on_address(self) -> None:
        self._radio_event(lambda: self.dialect.on_address(self))

    def on_datagram(self, port: int, data: bytes) -> None:
        self._radio_event(lambda: self.sockets.arrive(port, data))

    def _radio_event(self, tell: Callable[[], None]) -> None:
        """What the radio does may wake the module before it tells, or let it sleep afterwards."""
        if self._running and not self.faults.wedged:
            self.sleep.rouse()
            tell()
            self.sleep.reconsider()

    def _tell_registration(self) -> None:
        if self.settings["+CEREG"]:
            self.urc(self.info("+CEREG", self.dialect.registration(self)))
        if self.cell.registered and not self._was_registered:
            self.dialect.on_address(self)
        tell_edrx(self)
        self._was_registered = self.cell.registered

    def _tell_connection(self) -> None:
        if self.settings["+CSCON"]:
            self.urc(self.info("+CSCON", int(self.cell.connected)))
        self.dialect.on_rrc(self)
