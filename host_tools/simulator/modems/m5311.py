"""China Mobile M5311 (MediaTek MT2625): power, boot, commands, sleep and URCs; sockets are beside this.

Source: M5311 AT Command Interface Specification V2.4.  No hardware document was at hand: power key and boot
time are what drivers wait, and what nobody states is assumed.
"""

import random
from dataclasses import dataclass

from host_tools.simulator.cell import Cell
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems import m5311_sockets, mt2625, power_saving, standard
from host_tools.simulator.modems.dialect import Cause, Depth, Dialect, Handler, ModuleOptions, Spread
from host_tools.simulator.modems.module import Module
from host_tools.simulator.modems.standard import BAD_PARAMETERS, NOT_SUPPORTED
from host_tools.simulator.modems.v250 import RefusedError, Request

SETTINGS = standard.SETTINGS | {
    "*SLEEP": (0, (0, 1)),
    "*MATWAKEUP": (0, (0, 1)),
    "*WAKETIME": (10, range(1, 301)),
    "*NBIOTRAI": (0, (0, 1, 2)),
}
CONTEXT, SLEEP_LOCK = "*CGDEFCONT", "+SM"
UNLOCK, LOCK, LOCK_FOREVER = "UNLOCK", "LOCK", "LOCK_FOREVER"
REBOOT_MS = 100  # from the answer to the reboot; assumed


@dataclass(frozen=True)
class M5311Options(mt2625.Mt2625Options):
    firmware: str = "M5311-MLVH0S00"
    light_wake_ms: Spread = (0, 0)  # that the UART works in light sleep is assumed
    lost_at_wake: int | None = 0
    sockets_survive_sleep: bool = True  # not documented
    levels_in_tenths: bool = True  # the manual's text says dBm, its example has tenths


def stored(options: ModuleOptions) -> dict[str, str]:
    return mt2625.nvram(options) | {CONTEXT: f'"IP","{options.apn}"', "*CMBAND": "0", SLEEP_LOCK: UNLOCK}


# -- sleep


def depth(modem: Module) -> Depth:
    locked = modem.nvram[SLEEP_LOCK] == LOCK_FOREVER or SLEEP_LOCK in modem.ram
    return Depth.AWAKE if locked else mt2625.deepest(modem)


def on_sleep(modem: Module) -> None:
    if modem.settings["*SLEEP"]:
        modem.urc("*GOTOSLEEP")
    modem.settings["*NBIOTRAI"] = 0
    if not modem.options.sockets_survive_sleep:
        modem.sockets.forget_all()


def on_wake(modem: Module) -> None:
    mt2625.woken(modem)
    modem.sleep.hold(1000 * modem.settings["*WAKETIME"])
    if modem.settings["*MATWAKEUP"]:
        modem.urc("*MATWAKEUP")


def set_sleep_lock(modem: Module, request: Request) -> list[str]:
    """AT+SM: LOCK holds until the next boot, LOCK_FOREVER over boots."""
    if request.text not in (UNLOCK, LOCK, LOCK_FOREVER):
        raise RefusedError(BAD_PARAMETERS)
    modem.ram.pop(SLEEP_LOCK, None)
    if request.text == LOCK:
        modem.ram[SLEEP_LOCK] = LOCK
    else:
        modem.nvram[SLEEP_LOCK] = request.text
    return []


def sleep_now(modem: Module, _request: Request) -> list[str]:
    modem.sleep.release()
    return []


# -- commands


def iccid(modem: Module, request: Request) -> list[str]:
    standard.need_sim(modem)
    return [modem.info(request.name, modem.options.iccid)]


def reboot(modem: Module, _request: Request) -> list[str]:
    """AT+CMRB: OK, then REBOOTING.."""
    modem.later(REBOOT_MS // 2, lambda: modem.urc("REBOOTING.."))
    modem.later(REBOOT_MS, lambda: modem.boot(Cause.COMMAND))
    return []


def power_down(modem: Module, _request: Request) -> list[str]:
    modem.later(0, modem.power_down)
    return []


def engineering_mode(modem: Module, request: Request) -> list[str]:
    """AT*ENGINFO=0, the serving cell."""
    if request.number(0) != 0:
        raise RefusedError(NOT_SUPPORTED)
    factor = 10 if modem.options.levels_in_tenths else 1
    return [f"*ENGINFOSC: {mt2625.serving_cell(modem, offset=0, factor=factor)}"]


COMMANDS: dict[str, Handler] = {
    **standard.table_of_settings(SETTINGS, (CONTEXT, "*CMBAND")),
    **mt2625.TABLE,
    **m5311_sockets.TABLE,
    "I": lambda modem, _request: [modem.options.firmware],
    "+CGMR": lambda modem, _request: [modem.options.firmware],
    "+GSN": standard.imei,
    "+ICCID": iccid,
    "+SM=": set_sleep_lock,
    "*ENTERSLEEP": sleep_now,
    "+CMRB": reboot,
    "+COLDRB": reboot,
    "+CPOF": power_down,
    "*ENGINFO=": engineering_mode,
    "*EDRXCFG=": power_saving.set_edrx_and_window,
}

M5311_DIALECT = Dialect(
    commands=COMMANDS,
    settings=SETTINGS,
    stored=stored,
    registration=mt2625.registration,
    ready=mt2625.ready_lines((100, "*ATREADY: 1"), (300, "+CFUN: 1"), (500, "+CPIN: READY")),
    on_power_save=lambda _: None,
    depth=depth,
    on_sleep=on_sleep,
    on_wake=on_wake,
    uart_wakes=lambda modem: modem.sleep.depth == Depth.LIGHT,
    on_address=mt2625.tell_address,
    deliver=m5311_sockets.deliver,
    lost=m5311_sockets.lost,
    power_key_ms=500,
    reset_ms=50,  # assumed, as the BC26
    wake_pins=("wakeup_in",),
    power_off_text="POWER OFF",
    boot_ms=2100,
    autobaud_rates=mt2625.AUTOBAUD_RATES,
    stored_rate=mt2625.stored_rate,
    socket_settings={"+IPRCFG": [1, 0, 0]},
    sockets=m5311_sockets.SOCKETS,
    cme_texts=mt2625.CME_TEXTS,
)


class M5311(Module):
    """Pins: `power`, `pwrkey`, `reset`, `wakeup_in`."""

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        super().__init__(queue, rng, cell, M5311_DIALECT, M5311Options(**options))
