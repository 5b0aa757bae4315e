"""SIMCom SIM7020 (MediaTek MT2625): power, boot, commands, sleep and URCs; sockets are beside this.

Sources: SIM7020 Hardware Design V1.02, AT Command Manual V1.05, Low Power Mode note V1.03.  What no source
states is an option or marked "assumed".
"""

import random
from dataclasses import dataclass

from host_tools.simulator.cell import SEARCHING, Cell
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems import mt2625, power_saving, sim7020_sockets, standard
from host_tools.simulator.modems.dialect import Cause, Depth, Dialect, Handler, ModuleOptions
from host_tools.simulator.modems.module import Module
from host_tools.simulator.modems.standard import NOT_ALLOWED
from host_tools.simulator.modems.v250 import RefusedError, Request

SETTINGS = standard.SETTINGS | {
    "+CPSMSTATUS": (0, (0, 1)),
    "+CSCLK": (0, (0, 1, 2)),  # 1 leaves sleep to DTR, which is not wired: awake
    "+CNBIOTRAI": (0, (0, 1, 2)),
    "+CNBIOTDT": (0, (0, 1)),
    "+RETENTION": (0, (0, 1)),
    "+CSORCVFLAG": (0, (0, 1)),
    "+CLTS": (0, (0, 1)),
}
SLEEPS_BY_ITSELF = 2  # AT+CSCLK
DEEP_EDRX_MS = 163_840  # from this cycle on the module sleeps deeply between paging windows
REBOOT_MS = 100  # from the answer to the reboot; assumed
CONTEXT, STATUS, RAI, DATA_TYPE = "*MCGDEFCONT", "+CPSMSTATUS", "+CNBIOTRAI", "+CNBIOTDT"


@dataclass(frozen=True)
class Sim7020Options(mt2625.Mt2625Options):
    firmware: str = "1752B09SIM7020C"
    sleep_lock_ms: int = 5000
    iccid_header: bool = False  # some firmware prints `+CCID: ` in front


def stored(options: ModuleOptions) -> dict[str, str]:
    return mt2625.nvram(options) | {CONTEXT: f'"IP","{options.apn}"', "+CBAND": "0"}


# -- sleep


def depth(modem: Module) -> Depth:
    """PSM takes the module down whatever AT+CSCLK says."""
    cell = modem.cell
    if cell.connected or cell.stat == SEARCHING:
        return Depth.AWAKE
    if cell.power_save or (cell.granted.edrx_ms or 0) >= DEEP_EDRX_MS:
        return Depth.DEEP
    return Depth.LIGHT if modem.settings["+CSCLK"] == SLEEPS_BY_ITSELF else Depth.AWAKE


def tell_psm(modem: Module, entered: bool) -> None:
    """+CPSMSTATUS speaks of the module's own sleep, and of each change once."""
    if modem.ram.get("psm", False) != entered:
        modem.ram["psm"] = entered
        if modem.settings[STATUS]:
            modem.urc(f'{STATUS}: "{"ENTER" if entered else "EXIT"} PSM"')


def on_power_save(modem: Module) -> None:
    tell_psm(modem, modem.cell.power_save)


def on_sleep(modem: Module) -> None:
    tell_psm(modem, modem.cell.power_save)
    modem.settings[RAI] = modem.settings[DATA_TYPE] = 0
    if not modem.settings["+RETENTION"]:
        modem.sockets.forget_all()


def on_wake(modem: Module) -> None:
    """By its key the module wakes without the radio: it stays in PSM until it has something to send."""
    mt2625.woken(modem)
    modem.urc("+CPIN: READY")
    tell_psm(modem, False)


# -- commands


def iccid(modem: Module, request: Request) -> list[str]:
    standard.need_sim(modem)
    number = modem.options.iccid
    return [modem.info(request.name, number) if modem.options.iccid_header else number]


def set_psm(modem: Module, request: Request) -> list[str]:
    """AT+CPSMS=1 while it is 1 already changes nothing: it must be 0 in between."""
    if request.arguments[:1] == ["1"] and power_saving.asks_psm(modem):
        return []
    return power_saving.set_psm(modem, request)


def set_context(modem: Module, request: Request) -> list[str]:
    """AT*MCGDEFCONT: only with the radio off; the module stores it and reboots."""
    if modem.settings["+CFUN"]:
        raise RefusedError(NOT_ALLOWED)
    standard.store(modem, request)
    return reboot(modem, request)


def reboot(modem: Module, _request: Request) -> list[str]:
    modem.later(REBOOT_MS, lambda: modem.boot(Cause.COMMAND))
    return []


def power_down(modem: Module, _request: Request) -> list[str]:
    """NORMAL POWER DOWN comes instead of OK."""

    def instead_of_ok() -> None:
        modem.stall()
        modem.power_down()

    modem.later(0, instead_of_ok)
    return []


def engineering_mode(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, mt2625.serving_cell(modem, offset=0, cell_digits=8))]


def context(modem: Module, request: Request) -> list[str]:
    """AT+CGCONTRDP: address and mask are joined by dots."""
    if not modem.cell.registered:
        return []
    apn = modem.nvram[CONTEXT].split(",")[1]
    return [modem.info(request.name, f'1,5,{apn},"{modem.cell.address}.255.255.255.0"')]


COMMANDS: dict[str, Handler] = {
    **standard.table_of_settings(SETTINGS, (CONTEXT, "+CBAND")),
    **mt2625.TABLE,
    **sim7020_sockets.TABLE,
    "I": lambda modem, _request: [modem.options.firmware],
    "+CGMI": lambda _modem, _request: ["SIMCOM_Ltd"],
    "+CGMM": lambda _modem, _request: ["SIM7020"],
    "+CGMR": lambda modem, _request: [modem.options.firmware],
    "+CCID": iccid,
    "+ICCID": iccid,
    "+CPSMS=": set_psm,
    CONTEXT + "=": set_context,
    "+CRESET": reboot,
    "+CPOWD=": power_down,
    "+CENG?": engineering_mode,
    "+CGCONTRDP": context,
    "*MEDRXCFG=": power_saving.set_edrx_and_window,
}

SIM7020 = Dialect(
    commands=COMMANDS,
    settings=SETTINGS,
    stored=stored,
    registration=lambda modem: mt2625.registration(modem, routing_area=',"00"', timers_always=True),
    ready=mt2625.ready_lines((100, "RDY"), (300, "+CFUN: 1"), (500, "+CPIN: READY"), (1000, "SMS Ready")),
    on_power_save=on_power_save,
    depth=depth,
    on_sleep=on_sleep,
    on_wake=on_wake,
    uart_wakes=lambda modem: modem.sleep.depth == Depth.LIGHT,
    deliver=sim7020_sockets.deliver,
    lost=sim7020_sockets.lost,
    power_key_ms=215,
    power_off_key_ms=1000,
    reset_ms=48,
    wake_pins=("pwrkey", "rtc_eint"),
    power_off_text="NORMAL POWER DOWN",
    boot_ms=2000,
    autobaud_rates=mt2625.AUTOBAUD_RATES,
    stored_rate=mt2625.stored_rate,
    sockets=sim7020_sockets.SOCKETS,
    cme_texts=mt2625.CME_TEXTS,
    sim_removed="+CPIN: NOT INSERTED",
)


class Sim7020(Module):
    """Pins: `power`, `pwrkey`, `reset`, `rtc_eint`.  The key wakes it too, and switches it off if held on."""

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        super().__init__(queue, rng, cell, SIM7020, Sim7020Options(**options))
