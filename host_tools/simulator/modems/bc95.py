"""Quectel BC95-G and BC28 (HiSilicon Hi2115): power, boot, sleep and URCs; commands are beside this.

Sources: Quectel BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0, BC95 AT Commands Manual V1.9, BC26/BC28/M26
Compatible Design V1.1; `+CEREG` as captured from real modules.  What one source alone reports, or none, is
an option.
"""

import random
from dataclasses import dataclass

from host_tools.simulator.cell import SEARCHING, Cell
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems import bc95_commands, bc95_network, bc95_sockets
from host_tools.simulator.modems.dialect import Cause, Depth, Dialect, ModuleOptions, Spread
from host_tools.simulator.modems.module import Module

CAUSES = {
    Cause.POWER_ON: "SECURITY_PMU_POWER_ON_RESET",
    Cause.RESET_PIN: "SECURITY_RESET_PIN",
    Cause.COMMAND: "APPLICATION_AT",
    Cause.CRASH: "APPLICATION_WATCHDOG",
    Cause.BROWN_OUT: "SECURITY_PMU_POWER_ON_RESET",
}


@dataclass(frozen=True)
class Bc95Options(ModuleOptions):
    firmware: str = "V100R100C20B300SP5"
    baudrate: int | None = 9600
    sleep_lock_ms: int = 5000  # assumed
    wake_ms: Spread = (100, 1000)  # assumed
    light_wake_ms: Spread = (0, 0)  # that the UART works in light sleep is assumed
    lost_at_wake: int | None = 0  # that the first characters are heard is assumed
    tells_power_on: bool = True  # the manual says no, its example yes
    autoconnect: bool = True  # NCONFIG of a new module; assumed
    refuses_attach: bool = False  # AT+CGATT=1 is an error while it connects by itself, as on the SARA-N2
    functionality_ms: Spread = (500, 3000)  # for AT+CFUN; the manual allows 85 s
    clock_is_local: bool = True  # some firmware prints UTC with the zone behind it
    max_datagram: int = 1358  # 512 on the older BC95
    uplink_queue: int = 8  # datagrams that wait for the radio, before error 159; assumed
    sockets_survive_psm: bool = True  # not documented
    lost_socket_ids: float = 0.0  # how often AT+NSOCR answers OK without a number, which was seen on a BC95
    stray_cr: bool = False  # the SARA-N2 puts an empty line before the data of AT+NSORF


@dataclass(frozen=True)
class Bc28Options(Bc95Options):
    firmware: str = "V150R100C10B300SP5"


def ready(modem: Module, cause: Cause) -> list[tuple[int, str]]:
    told = modem.options.tells_power_on or cause not in (Cause.POWER_ON, Cause.RESET_PIN)
    return [(0, f"REBOOT_CAUSE_{CAUSES[cause]}\r\nNeul \r\nOK" if told else "Neul \r\nOK")]


def on_boot(modem: Module) -> None:
    bc95_commands.load_configuration(modem)
    modem.settings["+CFUN"] = int(bc95_commands.connects_by_itself(modem))
    bc95_sockets.reserve(modem)


def depth(modem: Module) -> Depth:
    """Deep sleep is PSM; the UART's own rate may forbid it."""
    cell = modem.cell
    if cell.connected or cell.stat == SEARCHING or modem.baudrate > bc95_commands.FASTEST_ASLEEP:
        return Depth.AWAKE
    return Depth.DEEP if cell.power_save else Depth.LIGHT


def on_sleep(modem: Module) -> None:
    if not modem.options.sockets_survive_psm:
        modem.sockets.forget_all()
        bc95_sockets.reserve(modem)


def on_power_save(modem: Module) -> None:
    if modem.settings["+NPSMR"]:
        modem.urc(f"+NPSMR:{int(modem.cell.power_save)}")


HI2115 = Dialect(
    commands=bc95_commands.TABLE | bc95_network.TABLE | bc95_sockets.TABLE,
    settings=bc95_commands.SETTINGS,
    stored=bc95_commands.stored,
    registration=bc95_network.registration,
    ready=ready,
    on_power_save=on_power_save,
    depth=depth,
    on_sleep=on_sleep,
    on_wake=lambda _: None,
    on_boot=on_boot,
    on_rrc=bc95_sockets.on_rrc,
    on_address=bc95_network.tell_address,
    uart_wakes=lambda _: True,
    deliver=bc95_sockets.deliver,
    lost=bc95_sockets.lost,
    reset_ms=100,
    boot_ms=3900,  # at least 3.8 s after power, 3.98 s after reset
    boot_baudrate=9600,
    stored_rate=bc95_commands.stored_rate,
    attaches_at_boot=bc95_commands.connects_by_itself,
    sockets=bc95_sockets.SOCKETS,
    colon=":",
)


class Bc95G(Module):
    """Pins: `power`, `reset`.  Starts with its supply."""

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        super().__init__(queue, rng, cell, HI2115, Bc95Options(**options))
        bc95_network.count_air_time(self)


class Bc28(Module):
    """Pins: `power`, `reset`.  Starts with its supply."""

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        super().__init__(queue, rng, cell, HI2115, Bc28Options(**options))
        bc95_network.count_air_time(self)
