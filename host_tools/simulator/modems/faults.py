"""What goes wrong with modems: on command, for tests and scenario files, or drawn for a swarm."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host_tools.simulator.modems.dialect import Cause
from host_tools.simulator.modems.v250 import RefusedError

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

LONG_LINE = 8192  # longer than any driver's buffer


class ModemFaults:
    """The faults of one modem.  Scenario files call the methods by name."""

    def __init__(self, modem: Module):
        self.wedged = False  # hears and says nothing; read only
        self._modem = modem
        self._forget()

    def _forget(self) -> None:
        self._silent = False
        self._halves = self._long_ones = 0
        self._errors: list[int | None] = []
        self._urcs_lost = self._urcs_twice = self._urc_delay_ms = 0
        self._brown_outs = 0

    # -- what a test calls

    def silent(self, on: bool = True) -> None:
        """Its transmit line is cut: it does everything, and nobody hears."""
        self._silent = on

    def half_response(self) -> None:
        """The next response breaks off in the middle."""
        self._halves += 1

    def garbage(self, bytes_count: int) -> None:
        """Noise on the line, now."""
        self._modem.transmit(self._modem.rng.randbytes(bytes_count))

    def reboot(self) -> None:
        """It crashes and starts again, whatever it was doing."""
        if self._modem.is_on and not self.wedged:
            self._modem.boot(Cause.CRASH)

    def remove_sim(self) -> None:
        self._modem.sim = False
        self._modem.sockets.lose_all()
        self._modem.cell.detach()
        if self._modem.dialect.sim_removed:
            self._modem.urc(self._modem.dialect.sim_removed)

    def insert_sim(self) -> None:
        """Noticed when the radio is switched on again, or after a reboot."""
        self._modem.sim = True

    def lose_urc(self, count: int = 1) -> None:
        """The next URCs are never said."""
        self._urcs_lost = count

    def repeat_urc(self, count: int = 1) -> None:
        """The next URCs are said twice."""
        self._urcs_twice = count

    def delay_urc(self, ms: int) -> None:
        """From now on URCs come so much later; 0 ends it."""
        self._urc_delay_ms = ms

    def error_once(self, code: int | None = None) -> None:
        """The next command is refused: with this +CME ERROR, or a plain ERROR."""
        self._errors.append(code)

    def wedge(self) -> None:
        """It stops dead, deaf to its keys and its reset pin; only a power cycle clears that."""
        self.wedged = True
        self._modem.stall()

    def brown_out_on_transmit(self, count: int = 1) -> None:
        """So many times the supply gives way when the transmitter starts, and the module reboots."""
        self._brown_outs = count

    def long_response(self) -> None:
        """In the next response there is a line of 8 KiB."""
        self._long_ones += 1

    def lose_sockets(self) -> None:
        """It closes all its sockets by itself, and says so."""
        self._modem.sockets.lose_all()

    def end(self) -> None:
        """End every fault that lasts, but for a wedge, and forget those that have not come to pass."""
        self._forget()
        self._modem.sim = self._modem.options.sim

    # -- what the module asks

    @property
    def mute(self) -> bool:
        return self._silent or self.wedged

    def power_cycle(self) -> None:
        self.wedged = False

    def check_command(self) -> None:
        if self._errors:
            raise RefusedError(self._errors.pop(0))

    def shape(self, response: list[bytes]) -> bytes:
        """The bytes of a response, given its framed lines, the result last."""
        if self._long_ones:
            self._long_ones -= 1
            response = [*response[:-1], b"\r\n" + b"x" * LONG_LINE + b"\r\n", response[-1]]
        data = b"".join(response)
        if self._halves:
            self._halves -= 1
            data = data[: len(data) // 2]
        return data

    def pass_urc(self, say: Callable[[], None]) -> None:
        """Call `say` once, twice, later or never."""
        if self._urcs_lost:
            self._urcs_lost -= 1
            return
        if self._urcs_twice:
            self._urcs_twice -= 1
            self._say(say)
        self._say(say)

    def _say(self, say: Callable[[], None]) -> None:
        if self._urc_delay_ms:
            self._modem.later(self._urc_delay_ms, say)
        else:
            say()

    def transmitter_on(self) -> None:
        if self._brown_outs:
            self._brown_outs -= 1
            self._modem.later(0, lambda: self._modem.boot(Cause.BROWN_OUT))


@dataclass(frozen=True)
class Fault:
    """A method of `ModemFaults` with its arguments; `undo` is what ends a fault that lasts."""

    name: str
    arguments: dict[str, int | bool | None] = field(default_factory=dict)
    undo: Fault | None = None

    def begin(self, modem: Module) -> None:
        getattr(modem.faults, self.name)(**self.arguments)

    def end(self, modem: Module) -> None:
        if self.undo:
            self.undo.begin(modem)


def random_fault(rng: random.Random) -> Fault:
    """Any fault, each kind as likely as the others."""
    choices = (
        Fault("silent", {"on": True}, Fault("silent", {"on": False})),
        Fault("half_response"),
        Fault("garbage", {"bytes_count": rng.randint(1, 2000)}),
        Fault("reboot"),
        Fault("remove_sim", {}, Fault("insert_sim")),
        Fault("lose_urc", {"count": rng.randint(1, 5)}),
        Fault("repeat_urc", {"count": rng.randint(1, 5)}),
        Fault("delay_urc", {"ms": rng.randint(1, 60_000)}, Fault("delay_urc", {"ms": 0})),
        Fault("error_once", {"code": rng.choice((None, 3, 4, 50, 100))}),
        Fault("wedge"),
        Fault("brown_out_on_transmit", {"count": rng.randint(1, 5)}),
        Fault("long_response"),
        Fault("lose_sockets"),
    )
    return rng.choice(choices)
