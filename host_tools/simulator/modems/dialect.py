"""What a make of module adds to `Module`: its data, and functions for what only it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from host_tools.simulator.modems.v250 import Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module
    from host_tools.simulator.modems.sockets import Socket


class Depth(IntEnum):
    """How deep a module sleeps."""

    AWAKE = 0
    LIGHT = 1  # the UART may be deaf; what the module has to say, it says
    DEEP = 2  # UART and radio are off


class Cause(IntEnum):
    """Why a module boots."""

    POWER_ON = 0
    RESET_PIN = 1
    COMMAND = 2
    CRASH = 3
    BROWN_OUT = 4


@dataclass(frozen=True)
class Prompt:
    """A handler's answer that asks for data: `length` bytes, for which `take` answers as a handler does."""

    length: int
    take: Callable[[bytes], list[str]]
    result: str = "OK"


# Gives the lines of the response; or a number, the milliseconds after which OK follows; or a prompt.
# RefusedError makes it an error.
Handler = Callable[["Module", Request], list[str] | int | Prompt]
Spread = tuple[int, int]  # least and most, evenly spread


@dataclass(frozen=True)
class ModuleOptions:
    """One copy of a module, its SIM card and its stored settings; a make adds what is its own."""

    imei: str = "868123450012345"
    imsi: str = "460001234567890"
    iccid: str = "89860411102570012345"
    sim: bool = True
    apn: str = "cmnbiot"  # stored by an earlier life
    firmware: str = ""
    powered: bool = True  # False: the board has a power switch, and it is off
    baudrate: int | None = None  # stored by an earlier life; None: autobaud
    latency_ms: Spread = (20, 60)  # from a command's end to its answer; a BC660K log (Renode issue 917)
    sleep_lock_ms: int = 10_000  # how long a command keeps the module awake
    sim_busy_ms: int = 0  # so long after boot the SIM is still being read
    wake_ms: Spread = (1000, 2000)  # from deep sleep until the UART listens
    light_wake_ms: Spread = (100, 100)  # from light sleep until the UART listens
    lost_at_wake: int | None = None  # characters lost when the UART wakes it; None: all until it is awake
    error_colon: str = ": "  # in +CME ERROR: 4
    # T3324 and extended T3412 in seconds, asked where AT+CPSMS=1 leaves them out; the values are assumed.
    default_psm_s: tuple[int, int] = (10, 10 * 3600)


@dataclass(frozen=True)
class Dialect:
    """Times in ms.  Functions take the module first."""

    commands: Mapping[str, Handler]  # by name and form, as "+CSQ", "+CFUN=" or "+CEREG?"
    # Numeric settings: default after boot, and the values that each may have.
    settings: Mapping[str, tuple[int, Sequence[int]]]
    stored: Callable[[ModuleOptions], dict[str, str]]  # kept over reboots; as a new module has them
    registration: Callable[[Module], str]  # what follows `+CEREG: ` in the URC
    stored_rate: Callable[[Module], int | None]  # of the UART, at boot; None: autobaud
    ready: Callable[[Module, Cause], Sequence[tuple[int, str]]]  # delay and line, when the rate is known
    on_power_save: Callable[[Module], None]  # the radio has entered or left PSM
    depth: Callable[[Module], Depth]  # how deep it would sleep now, if no command kept it awake
    uart_wakes: Callable[[Module], bool]  # whether characters end the present sleep
    on_sleep: Callable[[Module], None]  # just before deep sleep
    on_wake: Callable[[Module], None]  # the UART works again after deep sleep
    deliver: Callable[[Module, Socket, bytes], None]  # a datagram for a socket has come
    lost: Callable[[Module, Socket], str]  # the URC for a socket that the module closed by itself
    reset_ms: int  # the reset pin must be pressed so long
    boot_ms: int  # from power or reset until the application listens
    power_key_ms: int | None = None  # must be pressed so long; None: starts with its supply
    power_off_key_ms: int | None = None  # pressed so long, the key switches off
    wake_pins: Sequence[str] = ()
    power_off_ms: int = 1000  # from the answer to a power-off command until the module is off
    power_off_text: str = ""
    boot_text: Sequence[str] = ()  # of the boot ROM, at `boot_baudrate`
    boot_baudrate: int = 115200
    autobaud_rates: Sequence[int] = ()
    attaches_at_boot: Callable[[Module], bool] = lambda _: True
    on_address: Callable[[Module], None] = lambda _: None  # the network gave an address
    on_boot: Callable[[Module], None] = lambda _: None  # settings have their defaults, nothing is said yet
    on_rrc: Callable[[Module], None] = lambda _: None  # the radio connection stands, or is gone
    socket_settings: Mapping[str, list[int]] = field(default_factory=dict)
    sockets: int = 5
    colon: str = ": "  # between the name and the value of a response
    inline_data: Mapping[str, int] = field(default_factory=dict)  # see `v250.parse`
    cme_texts: Mapping[int, str] = field(default_factory=dict)  # for AT+CMEE=2
    sim_removed: str = ""  # the URC
